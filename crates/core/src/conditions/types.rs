use serde::{Deserialize, Serialize};

use crate::accounts::ProfileField as Field;
use crate::words::words;

words! {
    /// What of a person is looked at.
    ConditionField { Department = "department", Title = "title", Location = "location", Division = "division",
        Organization = "organization", CostCenter = "cost_center", Manager = "manager", StartDate = "start_date",
        Frontline = "frontline",
        /// A set of people that a directory or an identity provider keeps.
        Set = "set" }
}

words! {
    /// How it is looked at.
    ConditionOp { Is = "is", IsNot = "is_not", Contains = "contains", BeginsWith = "begins_with", IsKnown = "is_known",
        IsUnknown = "is_unknown",
        /// Of the manager: this person is above them, however far.
        ReportsTo = "reports_to",
        Before = "before", OnOrAfter = "on_or_after",
        /// Of the start date: so many days after it have come (before it, if negative).
        Reached = "reached" }
}

words! {
    /// Whether all conditions must hold, or one is enough.
    Combine { All = "all", Any = "any" }
}

words! {
    /// What a rule is for.
    RuleKind { Membership = "membership", Invitation = "invitation" }
}

/// One thing that a rule asks of a person. Several values: any of them will do (or, of `is_not`, none).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    pub field: ConditionField,
    pub op: ConditionOp,
    /// Texts as they are written, ids of people or sets, a date as 2026-12-31, or a number of days.
    #[serde(default)]
    pub values: Vec<String>,
}

/// What a rule asks of a person: conditions, and groups of conditions, each of which counts as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    #[serde(rename = "match")]
    pub combine: Combine,
    #[serde(default)]
    pub tests: Vec<Condition>,
    /// Groups such as "(location is Leeds or title is Driver)", whose own groups may hold no further ones. Left out where
    /// there are none, so that rules are kept as they were before there were groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub groups: Vec<Conditions>,
}

impl Conditions {
    /// Every single condition, however deep it stands.
    pub fn every(&self) -> Vec<&Condition> {
        let mut every: Vec<&Condition> = self.tests.iter().collect();
        every.extend(self.groups.iter().flat_map(Self::every));
        every
    }

    /// How many conditions and groups are combined here, on this level.
    pub(super) fn parts(&self) -> usize {
        self.tests.len() + self.groups.len()
    }
}

/// The fields that hold a text, and where on a profile it stands.
pub(super) const TEXTS: [(ConditionField, Field); 6] = [
    (ConditionField::Department, Field::Department),
    (ConditionField::Title, Field::Title),
    (ConditionField::Location, Field::Location),
    (ConditionField::Division, Field::Division),
    (ConditionField::Organization, Field::Organization),
    (ConditionField::CostCenter, Field::CostCenter),
];

impl ConditionField {
    /// Its place in [`TEXTS`].
    pub(super) fn text(self) -> Option<usize> {
        TEXTS.iter().position(|(field, _)| *field == self)
    }

    /// How it may be looked at.
    pub fn ops(self) -> &'static [ConditionOp] {
        use ConditionOp as O;
        match self {
            Self::Manager => &[O::ReportsTo, O::Is, O::IsNot, O::IsKnown, O::IsUnknown],
            Self::StartDate => &[O::Reached, O::Before, O::OnOrAfter, O::IsKnown, O::IsUnknown],
            Self::Frontline => &[O::Is],
            Self::Set => &[O::Is, O::IsNot],
            _ => &[
                O::Is,
                O::IsNot,
                O::Contains,
                O::BeginsWith,
                O::IsKnown,
                O::IsUnknown,
            ],
        }
    }
}
