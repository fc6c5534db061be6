//! SCIM 2.0 (RFC 7643, RFC 7644) and 1.1 as identity providers really speak it: schemas, resources, PATCH, filters.
//!
//! A resource is kept as a JSON value in canonical form: names spelled as the schema spells them, booleans as booleans,
//! lists as lists of objects. What is lenient is lenient here and nowhere else.

mod error;
mod filter;
mod patch;
mod path;
mod project;
mod read;
mod schema;
mod schemas;
mod v1;

pub use error::{Kind as ErrorKind, ScimError};
pub use filter::{Compare, Expression, Literal, parse as parse_filter};
pub use patch::{MemberOperation, Operation, OperationKind, apply, member_operations, operations};
pub use path::{Place, Target, parse as parse_path, place};
pub use project::Projection;
pub use read::{Read, item_value, read};
pub use schema::{Attribute, Mutability, Resource, Returned, Schema, Type};
pub use schemas::{
    ENTERPRISE, FACEBOOK_AUTH, FACEBOOK_DATES, FACEBOOK_FRONTLINE, FACEBOOK_STATUS, GROUP, Limits, USER,
    all as all_schemas, resource_type, resource_types, service_provider_config,
};
pub use v1::{patch_from_v1, to_v1};

/// A resource, or a part of one.
pub type Map = serde_json::Map<String, serde_json::Value>;

/// The content type of SCIM.
pub const MEDIA_TYPE: &str = "application/scim+json";
/// The schema of a list.
pub const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The schema of an error.
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// The schema of an answer to many operations.
pub const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
