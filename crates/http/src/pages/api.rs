//! The API for people to read: the same description that programs get at /api/openapi.json, as a page.

use std::sync::LazyLock;

use askama::Template;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use serde_json::{Map, Value};

const SCHEMA: &str = "#/components/schemas/";

pub const STYLE: &str = concat!(
    include_str!("../../../../web/src/styles/tokens.css"),
    include_str!("api.css")
);

#[derive(Template)]
#[template(path = "api.html")]
struct Page {
    sections: Vec<Section>,
    shapes: Vec<Shape>,
}

/// The operations on one kind of thing.
struct Section {
    tag: String,
    operations: Vec<Operation>,
}

impl Section {
    /// `access requests`: the tag as people write it.
    fn title(&self) -> String {
        self.tag.replace('-', " ")
    }
}

struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    /// What is said beyond the first line.
    about: String,
    /// It can be asked without being in.
    open: bool,
    parameters: Vec<Member>,
    body: Option<Kind>,
    answers: Vec<Answer>,
}

struct Answer {
    status: String,
    about: String,
    kind: Option<Kind>,
}

/// What a value is, in words; and the shape of that name, if it has one.
struct Kind {
    words: String,
    shape: Option<String>,
}

/// A parameter, or a field of a shape.
struct Member {
    name: String,
    /// `path` or `query`; empty for a field.
    place: String,
    required: bool,
    kind: Kind,
    about: String,
}

/// A named shape of JSON.
struct Shape {
    name: String,
    about: String,
    kind: Kind,
    members: Vec<Member>,
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn object<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value
        .get(key)
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
}

fn array<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// What a schema says, in words.
fn kind(schema: &Value) -> Kind {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.trim_start_matches(SCHEMA).to_owned();
        return Kind {
            words: name.clone(),
            shape: Some(name),
        };
    }
    for one_of in ["oneOf", "anyOf", "allOf"] {
        let mut kinds: Vec<Kind> = array(schema, one_of).map(kind).collect();
        if !kinds.is_empty() {
            let words: Vec<&str> = kinds.iter().map(|kind| kind.words.as_str()).collect();
            let words = words.join(" or ");
            let shape = kinds.iter_mut().find_map(|kind| kind.shape.take());
            return Kind { words, shape };
        }
    }
    let allowed: Vec<&str> = array(schema, "enum").filter_map(Value::as_str).collect();
    if !allowed.is_empty() {
        let quoted: Vec<String> = allowed.iter().map(|word| format!("\"{word}\"")).collect();
        return Kind {
            words: quoted.join(" | "),
            shape: None,
        };
    }
    if let Some(items) = schema.get("items") {
        let Kind { words, shape } = kind(items);
        return Kind {
            words: format!("list of {words}"),
            shape,
        };
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        several => several
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect(),
    };
    let mut words = types.join(" or ");
    if let Some(format) = schema["format"].as_str() {
        words = format!("{words} ({format})");
    }
    Kind { words, shape: None }
}

/// The schema of a body or an answer, in the first of its media types.
fn content(value: &Value) -> Option<Kind> {
    let (media, content) = object(value, "content").next()?;
    if media.contains("json") {
        return content.get("schema").map(kind);
    }
    Some(Kind {
        words: media.clone(),
        shape: None,
    })
}

fn operation(method: &str, path: &str, told: &Value) -> Operation {
    let parameters = array(told, "parameters").map(|parameter| Member {
        name: text(parameter, "name"),
        place: text(parameter, "in"),
        required: parameter["required"].as_bool().unwrap_or(false),
        kind: kind(&parameter["schema"]),
        about: text(parameter, "description"),
    });
    let answers = object(told, "responses").map(|(status, answer)| Answer {
        status: status.clone(),
        about: text(answer, "description"),
        kind: content(answer),
    });
    Operation {
        id: text(told, "operationId"),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(told, "summary").trim_end_matches('.').to_owned(),
        about: text(told, "description"),
        open: array(told, "security").any(|way| way.as_object().is_some_and(Map::is_empty)),
        parameters: parameters.collect(),
        body: told.get("requestBody").and_then(content),
        answers: answers.collect(),
    }
}

fn shape(name: &str, schema: &Value) -> Shape {
    let required: Vec<&str> = array(schema, "required").filter_map(Value::as_str).collect();
    let members: Vec<Member> = object(schema, "properties")
        .map(|(name, field)| Member {
            name: name.clone(),
            place: String::new(),
            required: required.contains(&name.as_str()),
            kind: kind(field),
            about: text(field, "description"),
        })
        .collect();
    let kind = if members.is_empty() {
        kind(schema)
    } else {
        Kind {
            words: "object".into(),
            shape: None,
        }
    };
    Shape {
        name: name.to_owned(),
        about: text(schema, "description"),
        kind,
        members,
    }
}

fn page(described: &Value) -> Page {
    let mut sections: Vec<Section> = Vec::new();
    for (path, methods) in object(described, "paths") {
        for (method, told) in methods.as_object().into_iter().flatten() {
            let tag = told["tags"][0].as_str().unwrap_or("other");
            let operation = operation(method, path, told);
            match sections.iter_mut().find(|section| section.tag == tag) {
                Some(section) => section.operations.push(operation),
                None => sections.push(Section {
                    tag: tag.to_owned(),
                    operations: vec![operation],
                }),
            }
        }
    }
    sections.sort_by(|one, other| one.tag.cmp(&other.tag));
    let shapes = object(&described["components"], "schemas").map(|(name, schema)| shape(name, schema));
    Page {
        shapes: shapes.collect(),
        sections,
    }
}

static PAGE: LazyLock<String> = LazyLock::new(|| {
    let described = serde_json::from_str(&crate::openapi()).expect("the description is JSON");
    page(&described).render().expect("the page is text")
});

pub async fn show() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-cache")], Html(PAGE.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_in_words() {
        for (schema, words, shape) in [
            (json!({"type": "string"}), "string", None),
            (
                json!({"type": ["string", "null"], "format": "date-time"}),
                "string or null (date-time)",
                None,
            ),
            (
                json!({"enum": ["add", "full"], "type": "string"}),
                "\"add\" | \"full\"",
                None,
            ),
            (
                json!({"$ref": "#/components/schemas/Person"}),
                "Person",
                Some("Person"),
            ),
            (
                json!({"type": "array", "items": {"$ref": "#/components/schemas/Person"}}),
                "list of Person",
                Some("Person"),
            ),
            (
                json!({"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Named"}]}),
                "null or Named",
                Some("Named"),
            ),
        ] {
            let kind = kind(&schema);
            assert_eq!(
                (kind.words.as_str(), kind.shape.as_deref()),
                (words, shape),
                "{schema}"
            );
        }
    }

    #[test]
    fn the_page_has_every_operation_and_every_link_leads_somewhere() {
        let described: Value = serde_json::from_str(&crate::openapi()).unwrap();
        let page = page(&described);
        let told: usize = page.sections.iter().map(|section| section.operations.len()).sum();
        let operations: usize = object(&described, "paths")
            .map(|(_, methods)| methods.as_object().unwrap().len())
            .sum();
        assert_eq!(told, operations);
        let html = PAGE.as_str();
        for target in html
            .split("href=\"#")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            assert!(html.contains(&format!("id=\"{target}\"")), "#{target}");
        }
    }
}
