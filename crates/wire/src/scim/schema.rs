//! What an attribute is (RFC 7643, section 7).

use serde_json::{Value, json};

/// Which resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    User,
    Group,
}

impl Resource {
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }
    /// Where it is found, such as `/Users`.
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Text,
    Boolean,
    Integer,
    DateTime,
    Reference,
    Binary,
    Complex,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutability {
    ReadWrite,
    ReadOnly,
    Immutable,
    /// Kept by the server, though a client may ask for it.
    Asked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    Always,
    Default,
}

/// One attribute or sub-attribute.
#[derive(Debug)]
pub struct Attribute {
    pub name: &'static str,
    pub kind: Type,
    pub multi: bool,
    pub about: &'static str,
    pub required: bool,
    /// Upper and lower case tell values apart.
    pub exact: bool,
    pub mutability: Mutability,
    pub returned: Returned,
    pub unique: bool,
    pub canonical: &'static [&'static str],
    pub references: &'static [&'static str],
    pub subs: &'static [Attribute],
}

/// The attributes of a schema.
#[derive(Debug)]
pub struct Schema {
    pub urn: &'static str,
    /// The same in SCIM 1.1, if it had one.
    pub old_urn: &'static str,
    pub name: &'static str,
    pub about: &'static str,
    pub attributes: &'static [Attribute],
}

impl Attribute {
    pub const fn text(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            kind: Type::Text,
            multi: false,
            about,
            required: false,
            exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            unique: false,
            canonical: &[],
            references: &[],
            subs: &[],
        }
    }
    pub const fn of(mut self, kind: Type) -> Self {
        self.kind = kind;
        self
    }
    pub const fn reference(mut self, to: &'static [&'static str]) -> Self {
        self.kind = Type::Reference;
        self.exact = true;
        self.references = to;
        self
    }
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
    pub const fn exact(mut self) -> Self {
        self.exact = true;
        self
    }
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }
    pub const fn read_only(mut self) -> Self {
        self.mutability = Mutability::ReadOnly;
        self
    }
    pub const fn asked(mut self) -> Self {
        self.mutability = Mutability::Asked;
        self
    }
    pub const fn immutable(mut self) -> Self {
        self.mutability = Mutability::Immutable;
        self
    }
    pub const fn always(mut self) -> Self {
        self.returned = Returned::Always;
        self
    }
    pub const fn words(mut self, canonical: &'static [&'static str]) -> Self {
        self.canonical = canonical;
        self
    }
    /// One object with these sub-attributes.
    pub const fn complex(mut self, subs: &'static [Attribute]) -> Self {
        self.kind = Type::Complex;
        self.subs = subs;
        self
    }
    /// A list of objects with these sub-attributes.
    pub const fn list(mut self, subs: &'static [Attribute]) -> Self {
        self.multi = true;
        self.complex(subs)
    }

    /// The sub-attribute of that name, however it is spelled.
    pub fn sub(&self, name: &str) -> Option<&'static Attribute> {
        find(self.subs, name)
    }

    pub fn is_writable(&self) -> bool {
        self.mutability != Mutability::ReadOnly
    }

    fn told(&self) -> Value {
        let kind = match self.kind {
            Type::Text => "string",
            Type::Boolean => "boolean",
            Type::Integer => "integer",
            Type::DateTime => "dateTime",
            Type::Reference => "reference",
            Type::Binary => "binary",
            Type::Complex => "complex",
        };
        let mut told = json!({
            "name": self.name,
            "type": kind,
            "multiValued": self.multi,
            "description": self.about,
            "required": self.required,
            "caseExact": self.exact,
            "mutability": match self.mutability {
                Mutability::ReadWrite => "readWrite",
                Mutability::ReadOnly | Mutability::Asked => "readOnly",
                Mutability::Immutable => "immutable",
            },
            "returned": match self.returned {
                Returned::Always => "always",
                Returned::Default => "default",
            },
            "uniqueness": if self.unique { "server" } else { "none" },
        });
        if !self.canonical.is_empty() {
            told["canonicalValues"] = json!(self.canonical);
        }
        if self.kind == Type::Reference {
            told["referenceTypes"] = json!(self.references);
        }
        if !self.subs.is_empty() {
            told["subAttributes"] = self.subs.iter().map(Self::told).collect();
        }
        told
    }
}

/// The attribute of that name, in whatever case, with or without underscores.
pub(super) fn find(among: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    let same = |attribute: &&Attribute| {
        let plain = |name: &'static str| name.bytes().filter(|byte| *byte != b'_');
        let given = name.bytes().filter(|byte| *byte != b'_');
        plain(attribute.name)
            .map(|b| b.to_ascii_lowercase())
            .eq(given.map(|b| b.to_ascii_lowercase()))
    };
    among.iter().find(same)
}

impl Schema {
    /// Whether this is its name, in SCIM 2.0 or 1.1.
    pub fn is(&self, urn: &str) -> bool {
        self.urn.eq_ignore_ascii_case(urn) || self.old_urn.eq_ignore_ascii_case(urn)
    }

    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        find(self.attributes, name)
    }

    /// As `/Schemas` tells it.
    pub fn told(&self, base: &str) -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": self.urn,
            "name": self.name,
            "description": self.about,
            "attributes": self.attributes.iter().map(Attribute::told).collect::<Vec<_>>(),
            "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{}", self.urn) },
        })
    }
}
