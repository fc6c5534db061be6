//! A person as a row of the HR system's export.

use super::{Company, Person, employee_id};

/// What stands under a heading of Workplace's people sheet; nothing under one that this company does not keep.
pub fn cell(company: &Company, person: &Person, heading: &str) -> String {
    let manager = |of: &dyn Fn(u64) -> String| person.manager.map(of).unwrap_or_default();
    match heading {
        "Email" => person.email.clone(),
        "Employee ID" => person.employee_id.clone(),
        "First name" => person.given_name.clone(),
        "Last name" => person.family_name.clone(),
        "Job Title" => person.title.clone(),
        "Department" => person.department.clone(),
        "Division" => person.division.clone(),
        "Organization" => person.organization.clone(),
        "Cost Center" => person.cost_center.clone(),
        "Phone Number" => person.phone.clone().unwrap_or_default(),
        "Location" => person.location.clone(),
        "Locale" => person.locale.clone(),
        "Manager Email" => manager(&|number| company.email(number)),
        "Manager Employee ID" => manager(&employee_id),
        "Login Method" => "password".to_owned(),
        "Frontline" => if person.frontline { "yes" } else { "no" }.to_owned(),
        "Start Date" => person.start_date.to_string(),
        _ => String::new(),
    }
}
