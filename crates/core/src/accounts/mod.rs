//! Accounts change only here: `source -> Change -> decide (pure) -> Plan -> apply (one transaction)`.

mod apply;
pub mod bulk;
mod change;
mod claims;
mod fields;
pub mod people;
mod put;
mod release;
pub mod rules;
pub mod sources;
mod sql;
mod terms;
mod types;

pub use apply::{Whom, apply, change, plan};
pub use change::{Action, Change, Ends, Facts, Letter, Patch, Plan, Policy, Refusal, Verb};
pub use claims::{Claims, HIGHEST, Keeper, Kept, Ranks, Scales};
pub use fields::{label, normalise};
pub use put::{named as voice_in_words, source_in_words};
pub use release::release;
pub use rules::{Brake, Target, decide};
pub use sql::bulk::{above, below, ending, load_ids, page_after, present, recount, starting};
pub use sql::frontline::{
    count_looked_after, departments_without_email, looked_after, looked_after_of, looked_after_waiting,
    without_email, workplaces_of_employee,
};
pub use sql::list::{
    Entrant, count_matching, count_roles, entrants, facets, ids as matching_ids, keys_of, named, present_ids,
    with_reports,
};
pub use sql::{by_email, by_employee_id, counts, get, with_roles, workplaces_of};
pub use types::{
    Account, AccountState, FORMER_MEMBER, MEMBER, Origin, Profile, ProfileField, SYSTEM_ADMIN, Source, Voice,
};
