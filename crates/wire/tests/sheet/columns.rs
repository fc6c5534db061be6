//! Column guesses: the exports that people have, the languages of their offices, and columns that compete.

use guildhall_wire::sheet::{Confidence, Field, guess};

/// Header and values with ` | ` between, and what is expected: `field` sure, `~field` likely, `?field` unsure, `-` none.
fn check(headers: &str, rows: &[&str], expect: &str) {
    let headers: Vec<&str> = headers.split(" | ").collect();
    let mut samples = vec![Vec::new(); headers.len()];
    for row in rows {
        for (column, value) in row.split('|').enumerate() {
            if !value.trim().is_empty() {
                samples[column].push(value.trim().to_owned());
            }
        }
    }
    let got: Vec<String> = guess(&headers, &samples)
        .into_iter()
        .map(|g| match (g.field, g.confidence) {
            (None, _) => "-".to_owned(),
            (Some(f), Confidence::Sure) => f.as_str().to_owned(),
            (Some(f), Confidence::Likely) => format!("~{}", f.as_str()),
            (Some(f), Confidence::Unsure) => format!("?{}", f.as_str()),
        })
        .collect();
    let shown: Vec<String> = headers
        .iter()
        .zip(&got)
        .map(|(h, g)| format!("{h} = {g}"))
        .collect();
    let wanted: Vec<String> = headers
        .iter()
        .zip(expect.split(' '))
        .map(|(h, g)| format!("{h} = {g}"))
        .collect();
    assert_eq!(shown, wanted);
    assert_eq!(got.len(), expect.split(' ').count());
}

#[test]
fn workplace_people_file_and_employee_export() {
    check(
        "Email | Employee ID | First name | Last name | Job Title | Department | Division | Organization | Phone Number | Location | Locale | Manager Email | Manager Employee ID | Login Method | Start Date",
        &[
            "a@b.co | 12 | Ada | L | Lead | IT | Ops | Acme | +44 20 7946 0958 | London | en_GB | m@b.co | 3 | password | 2024-01-02",
        ],
        "email employee_id given_name family_name title department division organization phone location locale manager_email manager_employee_id login_method start_date",
    );
    check(
        "Full Name | Email | Employee ID | Job Title | Account Status | Admin | Claimed | Claim Date | Invite Date | Frontline | Cost Center | Manager Employee ID",
        &["Ada L | a@b.co | 12 | Lead | Active | No | Yes | 2024-01-02 | 2024-01-01 | No | 4711 | 3"],
        "display_name email employee_id title status ignore ignore ignore ignore frontline cost_center manager_employee_id",
    );
    check("External ID | Email", &[], "employee_id email");
}

#[test]
fn entra() {
    check(
        "userPrincipalName | displayName | surname | mail | givenName | objectId | userType | jobTitle | department | accountEnabled | usageLocation | streetAddress | state | country | officeLocation | city | postalCode | telephoneNumber | mobilePhone | authenticationPhoneNumber | alternateEmailAddress | ageGroup | companyName | employeeId | employeeHireDate | creationType",
        &[
            "ada@acme.onmicrosoft.com | Ada L | L | ada@acme.com | Ada | 8a7 | Member | Lead | IT | true | GB | 1 High St | Kent | UK | HQ 2 | London | N1 | +44 20 7946 0958 | +44 7700 900123 | x | y@z.co | x | Acme | 77 | 2024-01-02 | Invitation",
        ],
        "- display_name family_name email given_name ignore ignore title department status - ignore ignore ignore location - ignore - phone - ignore ignore organization employee_id start_date ignore",
    );
    // The template of the bulk upload.
    check(
        "Name [displayName] Required | User name [userPrincipalName] Required | Initial password [passwordProfile] Required | Block sign in (Yes/No) [accountEnabled] Required | First name [givenName] | Last name [surname] | Job title [jobTitle] | Department [department] | Usage location [usageLocation] | Mobile phone [mobile] | Office [physicalDeliveryOfficeName]",
        &["Ada L | ada@acme.com | secret | No | Ada | L | Lead | IT | GB | +44 7700 900123 | HQ"],
        "display_name ~email ignore status given_name family_name title department ?location phone location"
            .replace("?location", "-")
            .as_str(),
    );
}

#[test]
fn google_workspace() {
    check(
        "First Name [Required] | Last Name [Required] | Email Address [Required] | Password [Required] | Password Hash Function [UPLOAD ONLY] | Org Unit Path [Required] | New Primary Email [UPLOAD ONLY] | Status [READ ONLY] | Last Sign In [READ ONLY] | Recovery Email | Home Secondary Email | Work Secondary Email | Work Phone | Home Phone | Employee ID | Employee Type | Employee Title | Manager Email | Department | Cost Center",
        &[
            "Ada | L | ada@acme.com | **** | | / | | Active | Never | x@y.co | | | +44 20 7946 0958 | | 12 | | Lead | m@acme.com | IT | 4711",
        ],
        "given_name family_name email ignore ignore ?organization ignore status ignore ignore ignore ignore phone - employee_id ignore title manager_email department cost_center",
    );
}

#[test]
fn okta_and_bamboohr() {
    check(
        "login | firstName | lastName | middleName | email | title | displayName | primaryPhone | mobilePhone | employeeNumber | costCenter | organization | division | department | managerId | manager | secondEmail | preferredLanguage | timezone",
        &["ada@acme.com | Ada | L | | ada@acme.com | Lead | Ada L | | +44 7700 900123 | 12 | 4711 | Acme | Ops | IT | 3 | Max M | x@y.co | en | Europe/London"],
        "- given_name family_name middle_name email title display_name - phone employee_id cost_center ~organization division department manager_employee_id manager_name ignore locale time_zone"
            .replace("~organization", "organization")
            .as_str(),
    );
    check(
        "Employee # | Last name, First name | First Name | Last Name | Work Email | Home Email | Mobile Phone | Job Title | Department | Division | Location | Hire Date | Reporting to | Employment Status",
        &[
            "12 | L, Ada | Ada | L | ada@acme.com | a@x.co | +44 7700 900123 | Lead | IT | Ops | London | 2024-01-02 | Max M | Full-Time",
        ],
        "employee_id - given_name family_name email ignore phone title department division location start_date manager_name status",
    );
}

#[test]
fn the_languages_of_europes_offices() {
    for (headers, expect) in [
        (
            "Personalnummer | Vorname | Nachname | E-Mail-Adresse | Stellenbezeichnung | Abteilung | Kostenstelle | Standort | Eintrittsdatum | Austrittsdatum | Telefon | Vorgesetzte/r",
            "employee_id given_name family_name email title department cost_center location start_date end_date phone ?manager_name",
        ),
        (
            "PersNr. | Name | Vorname | E-Mail (geschaeftlich) | Geschäftsbereich | Firma",
            "employee_id family_name given_name email division organization",
        ),
        (
            "Matricule | Nom | Prénom | Adresse e-mail professionnelle | Intitulé du poste | Service | Société | Date d’embauche | Téléphone portable | E-mail du manager | Langue",
            "employee_id family_name given_name email title department organization start_date phone manager_email locale",
        ),
        (
            "N.º de empleado | Nombre | Apellidos | Correo electrónico | Puesto | Departamento | Centro de coste | Fecha de alta | Móvil | Correo del responsable",
            "employee_id given_name family_name email title department cost_center start_date phone manager_email",
        ),
        (
            "Matrícula | Nome | Sobrenome | E-mail corporativo | Cargo | Departamento | Data de admissão | Celular | E-mail do gestor | Fuso horário",
            "employee_id given_name family_name email title department start_date phone manager_email time_zone",
        ),
        (
            "Matricola | Cognome | Nome | Indirizzo e-mail | Mansione | Reparto | Sede | Data di assunzione | Cellulare | Matricola responsabile",
            "employee_id family_name given_name email title department location start_date phone manager_employee_id",
        ),
        (
            "Personeelsnummer | Voornaam | Achternaam | E-mailadres | Functie | Afdeling | Vestiging | Datum in dienst | Telefoonnummer | E-mail leidinggevende",
            "employee_id given_name family_name email title department location start_date phone manager_email",
        ),
        (
            "Numer pracownika | Imię | Nazwisko | Adres e-mail | Stanowisko | Dział | Lokalizacja | Data zatrudnienia | Telefon służbowy | E-mail przełożonego",
            "employee_id given_name family_name email title department location start_date phone manager_email",
        ),
    ] {
        check(headers, &[], expect);
        check(&headers.to_uppercase(), &[], expect);
    }
}

#[test]
fn values_have_a_say() {
    // A manager is an address, a number or a name.
    check("Email | Manager", &["a@b.co | m@b.co"], "email manager_email");
    check(
        "Email | Manager",
        &["a@b.co | 1001"],
        "email ~manager_employee_id",
    );
    check("Email | Manager", &["a@b.co | Max M"], "email manager_name");
    // A name that says one thing over values that say another.
    check("Email | Phone", &["12345 | Berlin"], "?email ?phone");
    check("Username | First name", &["ada@b.co | Ada"], "~email given_name");
    check("Username | First name", &["ada | Ada"], "- given_name");
    check("Login | Email", &["ada@b.co | ada@c.co"], "- email");
    // No known name, but what stands there.
    check("Foo | Bar", &["ada@b.co | x"], "~email -");
    // An empty column is worse than a filled one.
    check("mail | userPrincipalName", &[" | ada@b.co"], "- ~email");
    check("State | Status", &["Kent | active"], "ignore status");
}

#[test]
fn names_by_their_company() {
    check("Name | Email", &["Ada L | a@b.co"], "display_name email");
    check("Name | Vorname", &["L | Ada"], "family_name given_name");
    check("Nome | Cognome", &[], "given_name family_name");
    check(
        "Name | First name | Last name",
        &[],
        "display_name given_name family_name",
    );
}

#[test]
fn writing_does_not_matter() {
    for header in [
        "E-MAIL",
        "e mail",
        "E_Mail",
        " Email: ",
        "Email*",
        "Email (required)",
        "Email [Required]",
        "ｅｍａｉｌ",
    ] {
        let got = guess(&[header], &[]);
        assert_eq!(
            (got[0].field, got[0].confidence),
            (Some(Field::Email), Confidence::Sure),
            "{header}"
        );
    }
    for (header, field) in [
        ("profile.department", Field::Department),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division",
            Field::Division,
        ),
        ("Worker's Department", Field::Department),
    ] {
        assert_eq!(guess(&[header], &[])[0].field, Some(field), "{header}");
    }
    assert_eq!(guess(&["Departmnet"], &[])[0].confidence, Confidence::Unsure);
    assert_eq!(guess(&["Departmnet"], &[])[0].field, Some(Field::Department));
    assert_eq!(guess(&["Email (private)"], &[])[0].confidence, Confidence::Unsure);
    assert_eq!(
        guess(&["Favourite colour", ""], &[])
            .iter()
            .filter(|g| g.field.is_some())
            .count(),
        0
    );
}

#[test]
fn fields_have_names_that_do_not_change() {
    for field in Field::ALL {
        assert_eq!(field.as_str().parse::<Field>(), Ok(field));
        assert_eq!(
            serde_json::to_string(&field).unwrap(),
            format!("\"{}\"", field.as_str())
        );
    }
    assert!("nonsense".parse::<Field>().is_err());
}
