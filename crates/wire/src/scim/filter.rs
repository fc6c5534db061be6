//! Filters (RFC 7644, section 3.4.2.2) with every name looked up in the schemas and every value of the right type.

use std::fmt::Write as _;

use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, Filter, ValFilter};
use serde_json::Value;

use super::path::{Place, place};
use super::read::{boolean, seconds};
use super::schema::{Attribute, Resource, Type};
use super::{Map, ScimError};

/// The most characters of a filter.
const LONGEST: usize = 20_000;

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

/// What is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    Text(String),
    Boolean(bool),
    /// A number; for dates, seconds since 1970.
    Integer(i64),
    /// Milliseconds since 1970.
    Moment(i64),
}

/// A filter that can be answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Present(Place),
    Is(Place, Compare, Literal),
    /// One item of the list fulfils all of it; its places name a sub-attribute of the same attribute.
    Item(Place, Box<Expression>),
}

/// Reads a filter on a resource.
pub fn parse(resource: Resource, text: &str) -> Result<Expression, ScimError> {
    if text.len() > LONGEST {
        return Err(ScimError::filter(
            "The filter is too long: ask for fewer at once.",
        ));
    }
    let text = plain(text);
    let filter: Filter = text.parse().map_err(|_| {
        ScimError::filter(format!(
            "The filter \"{text}\" can't be understood: it is written like userName eq \"anna@example.com\"."
        ))
    })?;
    whole(resource, &filter)
}

fn whole(resource: Resource, filter: &Filter) -> Result<Expression, ScimError> {
    let each = |items: &[Filter]| {
        items
            .iter()
            .map(|item| whole(resource, item))
            .collect::<Result<_, _>>()
    };
    Ok(match filter {
        Filter::And(items) => Expression::All(each(items)?),
        Filter::Or(items) => Expression::Any(each(items)?),
        Filter::Not(inner) => Expression::Not(Box::new(whole(resource, inner)?)),
        Filter::Attr(expression) => {
            let (AttrExp::Present(path) | AttrExp::Comparison(path, ..)) = expression;
            let place = place(resource, path).ok_or_else(|| unknown(path))?;
            compare(place, expression)?
        }
        Filter::ValuePath(path) => {
            let place = place(resource, &path.attr).ok_or_else(|| unknown(&path.attr))?;
            if !place.attribute.multi || place.sub.is_some() {
                return Err(ScimError::filter(format!("\"{}\" is no list.", place.name())));
            }
            Expression::Item(place, Box::new(within(place, &path.filter)?))
        }
    })
}

fn within(list: Place, filter: &ValFilter) -> Result<Expression, ScimError> {
    let each = |items: &[ValFilter]| {
        items
            .iter()
            .map(|item| within(list, item))
            .collect::<Result<_, _>>()
    };
    Ok(match filter {
        ValFilter::And(items) => Expression::All(each(items)?),
        ValFilter::Or(items) => Expression::Any(each(items)?),
        ValFilter::Not(inner) => Expression::Not(Box::new(within(list, inner)?)),
        ValFilter::Attr(expression) => {
            let (AttrExp::Present(path) | AttrExp::Comparison(path, ..)) = expression;
            let sub = sub_of(list.attribute, path).ok_or_else(|| unknown(path))?;
            compare(
                Place {
                    sub: Some(sub),
                    ..list
                },
                expression,
            )?
        }
    })
}

/// Within the brackets, a name is one of a sub-attribute.
fn sub_of(attribute: &Attribute, path: &AttrPath) -> Option<&'static Attribute> {
    match (&path.uri, &path.sub_attr) {
        (None, None) => attribute.sub(&path.name),
        _ => None,
    }
}

fn unknown(path: &AttrPath) -> ScimError {
    ScimError::filter(format!(
        "There is no attribute \"{path}\" to filter by: /Schemas tells those there are."
    ))
}

fn compare(place: Place, expression: &AttrExp) -> Result<Expression, ScimError> {
    match expression {
        AttrExp::Present(_) => Ok(Expression::Present(place)),
        AttrExp::Comparison(_, op, CompValue::Null) => match op {
            CompareOp::Eq => Ok(Expression::Not(Box::new(Expression::Present(place)))),
            CompareOp::Ne => Ok(Expression::Present(place)),
            _ => Err(ScimError::filter("null can be compared by eq and ne only.")),
        },
        AttrExp::Comparison(_, op, value) => {
            let place = simple(place)?;
            let how = how(op);
            let literal = literal(place, how, value)?;
            Ok(Expression::Is(place, how, literal))
        }
    }
}

/// An attribute with parts is compared by its `value`.
fn simple(place: Place) -> Result<Place, ScimError> {
    if place.leaf().kind != Type::Complex {
        return Ok(place);
    }
    match place.attribute.sub("value") {
        Some(sub) if place.sub.is_none() => Ok(Place {
            sub: Some(sub),
            ..place
        }),
        _ => Err(ScimError::filter(format!(
            "\"{}\" has parts: name the one to compare, such as {}.{}.",
            place.name(),
            place.attribute.name,
            place.attribute.subs.first().map_or("value", |sub| sub.name)
        ))),
    }
}

fn how(op: &CompareOp) -> Compare {
    match op {
        CompareOp::Eq => Compare::Eq,
        CompareOp::Ne => Compare::Ne,
        CompareOp::Co => Compare::Co,
        CompareOp::Sw => Compare::Sw,
        CompareOp::Ew => Compare::Ew,
        CompareOp::Gt => Compare::Gt,
        CompareOp::Ge => Compare::Ge,
        CompareOp::Lt => Compare::Lt,
        CompareOp::Le => Compare::Le,
    }
}

fn literal(place: Place, how: Compare, value: &CompValue) -> Result<Literal, ScimError> {
    let name = place.name();
    let json = match value {
        CompValue::True => Value::Bool(true),
        CompValue::False => Value::Bool(false),
        CompValue::Number(number) => Value::Number(number.clone()),
        CompValue::Str(text) => Value::String(text.clone()),
        CompValue::Null => Value::Null,
    };
    let equal = matches!(how, Compare::Eq | Compare::Ne);
    let part = matches!(how, Compare::Co | Compare::Sw | Compare::Ew);
    match place.leaf().kind {
        Type::Boolean | Type::Binary if !equal => Err(ScimError::filter(format!(
            "\"{name}\" can be compared by eq and ne only."
        ))),
        Type::Integer | Type::DateTime if part => Err(ScimError::filter(format!(
            "\"{name}\" is no text: compare it by eq, ne, gt, ge, lt or le."
        ))),
        Type::Boolean => match boolean(&json) {
            Some(Value::Bool(flag)) => Ok(Literal::Boolean(flag)),
            _ => Err(ScimError::filter(format!("\"{name}\" is true or false."))),
        },
        Type::Integer => seconds(&json)
            .map(Literal::Integer)
            .ok_or_else(|| ScimError::filter(format!("\"{name}\" is a number."))),
        Type::DateTime => json
            .as_str()
            .and_then(|text| text.parse::<jiff::Timestamp>().ok())
            .map(|moment| Literal::Moment(moment.as_millisecond()))
            .ok_or_else(|| {
                ScimError::filter(format!("\"{name}\" is a moment, such as 2026-01-31T08:00:00Z."))
            }),
        _ => match json {
            Value::String(text) => Ok(Literal::Text(text)),
            Value::Number(number) => Ok(Literal::Text(number.to_string())),
            _ => Err(ScimError::filter(format!(
                "\"{name}\" is a text: put it in quotes."
            ))),
        },
    }
}

/// Brings what is common, but outside the grammar, into it: `emails[type eq "work"].value eq "x"`, and `True`.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        let piece = match first {
            '"' => &rest[..quoted(rest)],
            '[' => {
                let end = closing(rest);
                if end == rest.len() {
                    out.push_str(rest);
                    break;
                }
                let (inside, after) = (&rest[1..end], &rest[end + 1..]);
                if let Some((comparison, length)) = after.strip_prefix('.').and_then(comparison) {
                    let _ = write!(out, "[({}) and {}]", plain(inside), plain(comparison));
                    rest = &after[1 + length..];
                    continue;
                }
                let _ = write!(out, "[{}]", plain(inside));
                rest = after;
                continue;
            }
            _ => &rest[..rest.find(['"', '[']).unwrap_or(rest.len())],
        };
        if first == '"' {
            out.push_str(piece);
        } else {
            out.push_str(&words(piece));
        }
        rest = &rest[piece.len()..];
    }
    out
}

/// Where a quoted text at the beginning ends.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Where the bracket at the beginning is closed.
fn closing(text: &str) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text.as_bytes()[at] {
            b'"' => at += quoted(&text[at..]),
            b']' => return at,
            _ => at += 1,
        }
    }
    text.len()
}

/// `sub op value` at the beginning, and how long it is.
fn comparison(text: &str) -> Option<(&str, usize)> {
    let name = text.find(char::is_whitespace)?;
    let op_from = name + text[name..].find(|c: char| !c.is_whitespace())?;
    let op_to = text[op_from..]
        .find(|c: char| c.is_whitespace() || c == ')')
        .map_or(text.len(), |at| op_from + at);
    if text[op_from..op_to].eq_ignore_ascii_case("pr") {
        return Some((&text[..op_to], op_to));
    }
    let from = op_to + text[op_to..].find(|c: char| !c.is_whitespace())?;
    let to = if text[from..].starts_with('"') {
        from + quoted(&text[from..])
    } else {
        text[from..]
            .find(|c: char| c.is_whitespace() || c == ')')
            .map_or(text.len(), |at| from + at)
    };
    Some((&text[..to], to))
}

/// `True` and `False` outside quotes as the grammar has them.
fn words(text: &str) -> String {
    let small = |word: &str| match word.to_ascii_lowercase().as_str() {
        small @ ("true" | "false") => small.to_owned(),
        _ => word.to_owned(),
    };
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c: char| c.is_whitespace() || c == ')') {
        let word = piece.trim_end_matches(|c: char| c.is_whitespace() || c == ')');
        out.push_str(&small(word));
        out.push_str(&piece[word.len()..]);
    }
    out
}

/// Whether an item of a list fulfils the filter of a path.
pub(super) fn lets_through(
    attribute: &'static Attribute,
    filter: &ValFilter,
    item: &Map,
) -> Result<bool, ScimError> {
    let list = Place {
        extension: None,
        attribute,
        sub: None,
    };
    Ok(holds(&within(list, filter)?, item))
}

fn holds(expression: &Expression, item: &Map) -> bool {
    match expression {
        Expression::All(parts) => parts.iter().all(|part| holds(part, item)),
        Expression::Any(parts) => parts.iter().any(|part| holds(part, item)),
        Expression::Not(inner) => !holds(inner, item),
        Expression::Present(place) => item.contains_key(place.leaf().name),
        Expression::Item(_, inner) => holds(inner, item),
        Expression::Is(place, how, literal) => {
            let value = item.get(place.leaf().name);
            match literal {
                Literal::Boolean(flag) => {
                    let given = value.and_then(Value::as_bool).unwrap_or(false);
                    (given == *flag) == (*how == Compare::Eq)
                }
                Literal::Text(text) => {
                    let Some(given) = value.and_then(Value::as_str) else {
                        return *how == Compare::Ne;
                    };
                    let fold = |text: &str| {
                        if place.leaf().exact {
                            text.to_owned()
                        } else {
                            text.to_lowercase()
                        }
                    };
                    texts(*how, &fold(given), &fold(text))
                }
                Literal::Integer(_) | Literal::Moment(_) => false,
            }
        }
    }
}

fn texts(how: Compare, given: &str, asked: &str) -> bool {
    match how {
        Compare::Eq => given == asked,
        Compare::Ne => given != asked,
        Compare::Co => given.contains(asked),
        Compare::Sw => given.starts_with(asked),
        Compare::Ew => given.ends_with(asked),
        Compare::Gt => given > asked,
        Compare::Ge => given >= asked,
        Compare::Lt => given < asked,
        Compare::Le => given <= asked,
    }
}

/// What an item must be to be let through, where the filter is nothing but equalities.
pub(super) fn equalities(attribute: &Attribute, filter: &ValFilter) -> Option<Map> {
    let mut item = Map::new();
    let parts: Vec<&ValFilter> = match filter {
        ValFilter::And(parts) => parts.iter().collect(),
        one => vec![one],
    };
    for part in parts {
        let ValFilter::Attr(AttrExp::Comparison(path, CompareOp::Eq, value)) = part else {
            return None;
        };
        let sub = sub_of(attribute, path)?;
        let value = match value {
            CompValue::Str(text) if sub.kind == Type::Boolean => boolean(&Value::String(text.clone()))?,
            CompValue::Str(text) => Value::String(text.clone()),
            CompValue::True => Value::Bool(true),
            CompValue::False => Value::Bool(false),
            CompValue::Number(_) | CompValue::Null => return None,
        };
        item.insert(sub.name.to_owned(), value);
    }
    Some(item)
}

/// The values that `value eq "a" or value eq "b"` names.
pub(super) fn named_values(filter: &ValFilter) -> Option<Vec<String>> {
    match filter {
        ValFilter::Attr(AttrExp::Comparison(path, CompareOp::Eq, CompValue::Str(text)))
            if path.name.eq_ignore_ascii_case("value") =>
        {
            Some(vec![text.clone()])
        }
        ValFilter::Or(parts) => {
            let all: Option<Vec<Vec<String>>> = parts.iter().map(named_values).collect();
            Some(all?.concat())
        }
        _ => None,
    }
}
