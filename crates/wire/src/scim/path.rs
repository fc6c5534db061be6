//! Paths to attributes (RFC 7644, section 3.10): which attribute of which schema is meant.

use scim_v2::filter::{AttrPath, PatchPath, ValFilter};

use super::ScimError;
use super::schema::{Attribute, Resource, Schema, find};
use super::schemas::COMMON;

/// An attribute, and one of its sub-attributes.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The extension it belongs to; none: the core schema.
    pub extension: Option<&'static Schema>,
    pub attribute: &'static Attribute,
    pub sub: Option<&'static Attribute>,
}

impl Place {
    /// What is compared: the sub-attribute, if one is meant.
    pub fn leaf(&self) -> &'static Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    /// Its short name, such as `emails.value`.
    pub fn name(&self) -> String {
        match self.sub {
            Some(sub) => format!("{}.{}", self.attribute.name, sub.name),
            None => self.attribute.name.to_owned(),
        }
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        let extension = |place: &Self| place.extension.map(|schema| schema.urn);
        extension(self) == extension(other) && self.name() == other.name()
    }
}

/// What a PATCH path points to.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// All of an extension.
    Extension(&'static Schema),
    /// An attribute, or those of its items that the filter lets through.
    Place(Place, Option<ValFilter>),
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.urn == other.urn
    }
}

/// `$ref` is no name in the grammar of paths, though it is one in every schema.
const REF: (&str, &str) = ("$ref", "ref-");

fn plain(name: &str) -> &str {
    if name == REF.1 { REF.0 } else { name }
}

/// The attribute that is named. A name without its schema may also be one of an extension: many clients leave it out.
pub fn place(resource: Resource, path: &AttrPath) -> Option<Place> {
    let name = plain(&path.name);
    let core = || {
        find(resource.schema().attributes, name)
            .or_else(|| find(COMMON, name))
            .map(|attribute| (None, attribute))
    };
    let within = |schema: &'static Schema| schema.attribute(name).map(|attribute| (Some(schema), attribute));
    let (extension, attribute) = match &path.uri {
        None => core().or_else(|| resource.extensions().iter().copied().find_map(within))?,
        Some(urn) => match resource
            .extensions()
            .iter()
            .copied()
            .find(|schema| schema.is(urn))
        {
            Some(schema) => within(schema)?,
            None if resource.schema().is(urn) => core()?,
            None => return None,
        },
    };
    let sub = match &path.sub_attr {
        Some(sub) => Some(attribute.sub(plain(sub))?),
        None => None,
    };
    Some(Place {
        extension,
        attribute,
        sub,
    })
}

/// Reads a path of a PATCH.
pub fn parse(resource: Resource, text: &str) -> Result<Target, ScimError> {
    let text = text.trim();
    if let Some(schema) = resource
        .extensions()
        .iter()
        .copied()
        .find(|schema| schema.is(text))
    {
        return Ok(Target::Extension(schema));
    }
    let wrong = || {
        ScimError::path(format!(
            "There is no attribute \"{text}\" here: /Schemas tells those there are."
        ))
    };
    let parsed: PatchPath = text
        .replace(REF.0, REF.1)
        .parse()
        .map_err(|_| ScimError::path(format!("The path \"{text}\" can't be understood.")))?;
    match parsed {
        PatchPath::Attr(path) => Ok(Target::Place(place(resource, &path).ok_or_else(wrong)?, None)),
        PatchPath::Value(path) => {
            let mut attr = path.attr;
            attr.sub_attr = path.sub_attr;
            let place = place(resource, &attr).ok_or_else(wrong)?;
            if !place.attribute.multi {
                return Err(ScimError::path(format!(
                    "\"{}\" has one value only, so there is nothing to choose from by a filter.",
                    place.attribute.name
                )));
            }
            Ok(Target::Place(place, Some(path.filter)))
        }
    }
}
