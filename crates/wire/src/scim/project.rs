//! `attributes` and `excludedAttributes` (RFC 7644, section 3.9).

use serde_json::Value;

use super::Map;
use super::path::{Place, Target, parse as parse_path};
use super::schema::{Resource, Returned};

/// Which attributes are wanted.
#[derive(Clone, Debug, Default)]
pub struct Projection {
    only: Option<Vec<Target>>,
    without: Vec<Target>,
}

fn targets(resource: Resource, names: &[String]) -> Vec<Target> {
    names
        .iter()
        .filter_map(|name| parse_path(resource, name).ok())
        .collect()
}

/// The names in `a,b, c`.
fn split(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

impl Projection {
    /// From lists of names divided by commas.
    pub fn new(resource: Resource, attributes: Option<&str>, excluded: Option<&str>) -> Self {
        let only = attributes.map(split).filter(|names| !names.is_empty());
        Self {
            only: only.map(|names| targets(resource, &names)),
            without: targets(resource, &split(excluded.unwrap_or_default())),
        }
    }

    /// Whether any of this core attribute is wanted.
    pub fn wants(&self, name: &str) -> bool {
        let is = |target: &Target| matches!(target, Target::Place(place, _) if place.extension.is_none() && place.attribute.name == name);
        let whole =
            |target: &Target| is(target) && matches!(target, Target::Place(place, _) if place.sub.is_none());
        match &self.only {
            Some(only) => only.iter().any(is),
            None => !self.without.iter().any(whole),
        }
    }

    /// Leaves in the resource what is wanted, and what is always given.
    pub fn apply(&self, resource: Map) -> Map {
        let mut kept = match &self.only {
            None => resource,
            Some(only) => {
                let mut kept = Map::new();
                for name in ["schemas", "id"] {
                    if let Some(value) = resource.get(name) {
                        kept.insert(name.to_owned(), value.clone());
                    }
                }
                for target in only {
                    keep(&resource, &mut kept, target);
                }
                kept
            }
        };
        for target in &self.without {
            leave_out(&mut kept, target);
        }
        kept
    }
}

fn keep(from: &Map, to: &mut Map, target: &Target) {
    match target {
        Target::Extension(schema) => copy(from, to, schema.urn),
        Target::Place(place, _) => {
            let Some(schema) = place.extension else {
                return keep_place(from, to, *place);
            };
            let Some(source) = from.get(schema.urn).and_then(Value::as_object) else {
                return;
            };
            let mut part = to
                .get(schema.urn)
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default();
            keep_place(source, &mut part, *place);
            if !part.is_empty() {
                to.insert(schema.urn.to_owned(), Value::Object(part));
            }
        }
    }
}

fn copy(from: &Map, to: &mut Map, name: &str) {
    if let Some(value) = from.get(name) {
        to.insert(name.to_owned(), value.clone());
    }
}

fn keep_place(from: &Map, to: &mut Map, place: Place) {
    let name = place.attribute.name;
    let Some(sub) = place.sub else {
        return copy(from, to, name);
    };
    match from.get(name) {
        Some(Value::Array(items)) => {
            let mut parts: Vec<Value> = match to.get(name) {
                Some(Value::Array(parts)) => parts.clone(),
                _ => vec![Value::Object(Map::new()); items.len()],
            };
            for (item, part) in items.iter().zip(&mut parts) {
                if let (Some(value), Some(part)) = (item.get(sub.name), part.as_object_mut()) {
                    part.insert(sub.name.to_owned(), value.clone());
                }
            }
            to.insert(name.to_owned(), Value::Array(parts));
        }
        Some(Value::Object(parts)) => {
            let mut kept = to
                .get(name)
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default();
            copy(parts, &mut kept, sub.name);
            to.insert(name.to_owned(), Value::Object(kept));
        }
        _ => {}
    }
}

fn leave_out(map: &mut Map, target: &Target) {
    match target {
        Target::Extension(schema) => {
            map.remove(schema.urn);
        }
        Target::Place(place, _) => {
            if place.leaf().returned == Returned::Always {
                return;
            }
            let holder = match place.extension {
                Some(schema) => map.get_mut(schema.urn).and_then(Value::as_object_mut),
                None => Some(map),
            };
            let Some(holder) = holder else { return };
            let name = place.attribute.name;
            match (place.sub, holder.get_mut(name)) {
                (None, _) => {
                    holder.remove(name);
                }
                (Some(sub), Some(Value::Array(items))) => {
                    for item in items.iter_mut().filter_map(Value::as_object_mut) {
                        item.remove(sub.name);
                    }
                }
                (Some(sub), Some(Value::Object(parts))) => {
                    parts.remove(sub.name);
                }
                _ => {}
            }
        }
    }
}
