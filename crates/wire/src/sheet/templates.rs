//! Heading lines of the templates people download, fill in and upload.

use super::columns::Field;

/// What a template is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// Adds and updates people.
    People,
    /// Ends the accounts of leavers.
    Deactivation,
    /// Invites people who have an account.
    Invitation,
}

impl Template {
    /// The columns, in order.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::People => &[
                Field::Email,
                Field::EmployeeId,
                Field::GivenName,
                Field::FamilyName,
                Field::Title,
                Field::Department,
                Field::Division,
                Field::Organization,
                Field::CostCenter,
                Field::Phone,
                Field::Location,
                Field::Locale,
                Field::TimeZone,
                Field::ManagerEmail,
                Field::ManagerEmployeeId,
                Field::LoginMethod,
                Field::StartDate,
                Field::EndDate,
                Field::Frontline,
            ],
            Self::Deactivation | Self::Invitation => &[Field::Email, Field::EmployeeId, Field::Phone],
        }
    }

    /// The heading line in English.
    pub fn headers(self) -> Vec<&'static str> {
        self.fields().iter().map(|field| field.heading()).collect()
    }

    /// A believable row, to show what goes where. Its address can never be delivered to (RFC 2606).
    pub fn example(self) -> Vec<&'static str> {
        self.fields().iter().map(|field| field.example()).collect()
    }

    pub fn file_stem(self) -> &'static str {
        match self {
            Self::People => "people-template",
            Self::Deactivation => "deactivation-template",
            Self::Invitation => "invitation-template",
        }
    }
}
