//! The schemas that there are, and what `/ServiceProviderConfig` and `/ResourceTypes` say.

use serde_json::{Value, json};

use super::schema::{Attribute, Resource, Schema, Type};

type A = Attribute;

const fn text(name: &'static str, about: &'static str) -> A {
    A::text(name, about)
}

const PRIMARY: A = text("primary", "Whether this is the one to use first").of(Type::Boolean);
const DISPLAY: A = text("display", "How it is shown");

/// What most lists hold.
const fn list(name: &'static str, about: &'static str, subs: &'static [A]) -> A {
    text(name, about).list(subs)
}

const PLAIN: &[A] = &[
    text("value", "The value"),
    DISPLAY,
    text("type", "What it is for"),
    PRIMARY,
];

/// `id`, `externalId`, `meta` and `schemas`, which every resource has and no schema lists (RFC 7643, section 3.1).
pub(super) const COMMON: &[A] = &[
    text("id", "The id of the resource here")
        .exact()
        .read_only()
        .always()
        .unique(),
    text("externalId", "The id of the resource at the client").exact(),
    text("meta", "About the resource").read_only().complex(&[
        text("resourceType", "Its kind").exact().read_only(),
        text("created", "When it was made").of(Type::DateTime).read_only(),
        text("lastModified", "When it was changed last")
            .of(Type::DateTime)
            .read_only(),
        text("location", "Where it is").reference(&["uri"]).read_only(),
        text("version", "Its version").exact().read_only(),
    ]),
    text("schemas", "The schemas it follows")
        .reference(&["uri"])
        .always(),
];

pub static USER: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:core:2.0:User",
    old_urn: "urn:scim:schemas:core:1.0",
    name: "User",
    about: "A person",
    attributes: &[
        text(
            "userName",
            "What the person is known by, such as their e-mail address",
        )
        .required()
        .unique(),
        text("name", "The parts of the name").complex(&[
            text("formatted", "The whole name"),
            text("familyName", "The last name"),
            text("givenName", "The first name"),
            text("middleName", "The middle name"),
            text("honorificPrefix", "What stands before it"),
            text("honorificSuffix", "What stands after it"),
        ]),
        text("displayName", "The name as people see it"),
        text("nickName", "What friends call them"),
        text("profileUrl", "A page about them").reference(&["external"]),
        text("title", "The job title"),
        text("userType", "How they belong to the organisation"),
        text("preferredLanguage", "The language they like best"),
        text("locale", "The language, as in en-GB"),
        text("timezone", "The time zone, as in Europe/Warsaw"),
        text("active", "Whether they may get in").of(Type::Boolean),
        list(
            "emails",
            "E-mail addresses",
            &[
                text("value", "The address"),
                DISPLAY,
                text("type", "What it is for").words(&["work", "home", "other"]),
                PRIMARY,
            ],
        ),
        list(
            "phoneNumbers",
            "Telephone numbers",
            &[
                text("value", "The number"),
                DISPLAY,
                text("type", "What it is for").words(&["work", "home", "mobile", "fax", "pager", "other"]),
                PRIMARY,
            ],
        ),
        list("ims", "Messenger addresses", PLAIN),
        list(
            "photos",
            "Addresses of pictures",
            &[
                text("value", "Where the picture is").reference(&["external"]),
                DISPLAY,
                text("type", "Its size").words(&["photo", "thumbnail"]),
                PRIMARY,
            ],
        ),
        list(
            "addresses",
            "Where they are",
            &[
                text("formatted", "All in one"),
                text("streetAddress", "Street and number"),
                text("locality", "The town"),
                text("region", "The region"),
                text("postalCode", "The postal code"),
                text("country", "The country"),
                text("type", "What it is for").words(&["work", "home", "other"]),
                PRIMARY,
            ],
        ),
        list(
            "groups",
            "The groups they are in",
            &[
                text("value", "The id of the group").read_only(),
                text("$ref", "Where the group is")
                    .reference(&["Group"])
                    .read_only(),
                text("display", "The name of the group").read_only(),
                text("type", "How they belong to it")
                    .words(&["direct"])
                    .read_only(),
            ],
        )
        .read_only(),
        list("entitlements", "What they are entitled to", PLAIN),
        list("roles", "Their roles at the client", PLAIN),
        list(
            "x509Certificates",
            "Their certificates",
            &[
                text("value", "The certificate").of(Type::Binary).exact(),
                DISPLAY,
                text("type", "What it is for"),
                PRIMARY,
            ],
        ),
    ],
};

pub static ENTERPRISE: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    old_urn: "urn:scim:schemas:extension:enterprise:1.0",
    name: "Enterprise User",
    about: "A person's place in the organisation",
    attributes: &[
        text("employeeNumber", "The employee id"),
        text("costCenter", "The cost centre"),
        text("organization", "The organisation"),
        text("division", "The division"),
        text("department", "The department"),
        text("manager", "Whom they report to").complex(&[
            text(
                "value",
                "The id of the manager; an external id, e-mail address or employee number is understood, too",
            )
            .exact(),
            text("$ref", "Where the manager is")
                .reference(&["User"])
                .read_only(),
            text("displayName", "The manager's name").read_only(),
        ]),
    ],
};

pub static FACEBOOK_DATES: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:extension:facebook:starttermdates:2.0:User",
    old_urn: "urn:scim:schemas:extension:facebook:starttermdates:1.0",
    name: "Start and end dates",
    about: "When a person's work begins and ends, as Workplace had it",
    attributes: &[
        text(
            "startDate",
            "The first day, in seconds since 1970; ISO 8601 is understood, too",
        )
        .of(Type::Integer),
        text(
            "termDate",
            "The last day, in seconds since 1970; ISO 8601 is understood, too",
        )
        .of(Type::Integer),
    ],
};

pub static FACEBOOK_STATUS: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:extension:facebook:accountstatusdetails:2.0:User",
    old_urn: "urn:scim:schemas:extension:facebook:accountstatusdetails:1.0",
    name: "Account status",
    about: "How far a person's account is, as Workplace had it",
    attributes: &[
        text("invited", "Whether they are invited; true invites them")
            .of(Type::Boolean)
            .asked(),
        text("inviteDate", "When they were invited, in seconds since 1970")
            .of(Type::Integer)
            .read_only(),
        text("claimed", "Whether they have taken their account")
            .of(Type::Boolean)
            .read_only(),
        text("claimDate", "When they took it, in seconds since 1970")
            .of(Type::Integer)
            .read_only(),
        text("canDelete", "Whether DELETE removes the account")
            .of(Type::Boolean)
            .read_only(),
    ],
};

pub static FACEBOOK_AUTH: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:extension:facebook:authmethod:2.0:User",
    old_urn: "urn:scim:schemas:extension:facebook:authmethod:1.0",
    name: "Log-in method",
    about: "How a person logs in, as Workplace had it",
    attributes: &[text("auth_method", "password or sso").words(&["password", "sso"])],
};

pub static FACEBOOK_FRONTLINE: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:extension:facebook:frontline:2.0:User",
    old_urn: "urn:scim:schemas:extension:facebook:frontline:1.0",
    name: "Frontline",
    about: "Whether a person works on the frontline, as Workplace had it",
    attributes: &[text("is_frontline", "Whether they do").of(Type::Boolean)],
};

pub static GROUP: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:core:2.0:Group",
    old_urn: "urn:scim:schemas:core:1.0",
    name: "Group",
    about: "A set of people that the directory keeps",
    attributes: &[
        text("displayName", "The name of the group").required(),
        list(
            "members",
            "Who is in it",
            &[
                text("value", "The id of the person, or of the group")
                    .exact()
                    .immutable(),
                text("$ref", "Where the person or the group is")
                    .reference(&["User", "Group"])
                    .immutable(),
                text("type", "What it is").words(&["User", "Group"]).immutable(),
            ],
        ),
    ],
};

/// The extensions of a person.
pub(super) static USER_EXTENSIONS: [&Schema; 5] = [
    &ENTERPRISE,
    &FACEBOOK_DATES,
    &FACEBOOK_STATUS,
    &FACEBOOK_AUTH,
    &FACEBOOK_FRONTLINE,
];

impl Resource {
    pub fn schema(self) -> &'static Schema {
        match self {
            Self::User => &USER,
            Self::Group => &GROUP,
        }
    }
    pub fn extensions(self) -> &'static [&'static Schema] {
        match self {
            Self::User => &USER_EXTENSIONS,
            Self::Group => &[],
        }
    }
}

/// Every schema.
pub fn all() -> impl Iterator<Item = &'static Schema> {
    [&USER, &GROUP].into_iter().chain(USER_EXTENSIONS)
}

/// One resource type as `/ResourceTypes` tells it.
pub fn resource_type(resource: Resource, base: &str) -> Value {
    let mut told = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": resource.name(),
        "name": resource.name(),
        "endpoint": resource.endpoint(),
        "description": resource.schema().about,
        "schema": resource.schema().urn,
        "meta": {
            "resourceType": "ResourceType",
            "location": format!("{base}/ResourceTypes/{}", resource.name()),
        },
    });
    let extensions: Vec<Value> = resource
        .extensions()
        .iter()
        .map(|schema| json!({ "schema": schema.urn, "required": false }))
        .collect();
    if !extensions.is_empty() {
        told["schemaExtensions"] = extensions.into();
    }
    told
}

/// All of them.
pub fn resource_types(base: &str) -> Vec<Value> {
    [Resource::User, Resource::Group]
        .map(|resource| resource_type(resource, base))
        .to_vec()
}

/// What the server can do (RFC 7643, section 5; RFC 9865).
pub fn service_provider_config(base: &str, limits: Limits) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": {
            "supported": true,
            "maxOperations": limits.bulk_operations,
            "maxPayloadSize": limits.bulk_bytes,
        },
        "filter": { "supported": true, "maxResults": limits.page },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": limits.default_page,
            "maxPageSize": limits.page,
            "cursorTimeout": limits.cursor_seconds,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "The token of a connector, made by an admin under Connectors",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base}/ServiceProviderConfig"),
        },
    })
}

/// How much is taken and given at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub page: i64,
    pub default_page: i64,
    pub bulk_operations: usize,
    pub bulk_bytes: usize,
    pub cursor_seconds: i64,
}
