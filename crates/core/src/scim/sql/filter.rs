//! A filter as conditions: names come from the schemas, values are always parameters.

use guildhall_store::Growing;
use guildhall_wire::scim::{
    Compare, ENTERPRISE, ErrorKind, Expression, FACEBOOK_AUTH, FACEBOOK_DATES, FACEBOOK_FRONTLINE,
    FACEBOOK_STATUS, Literal, Place, Resource, ScimError,
};

use crate::scim::show::{NAME_PARTS, SINGLE, leaf_key};
use crate::{Moment, fold};

type Said = Result<String, ScimError>;

/// Where an attribute is found.
#[derive(Clone)]
enum Column {
    /// Folded in Rust when it was written.
    Key(String),
    /// As it was typed; ASCII is folded by the database.
    Typed(String),
    /// Where case matters.
    Exact(String),
    Id(String),
    Flag(String),
    /// A number, in milliseconds where moments are meant.
    Number(String),
    /// A date as text.
    Day(String),
    /// Among the values that have no column: attribute and part.
    Leaf(&'static str, &'static str),
    /// Any of these.
    Either(Vec<Column>),
}

/// What a row of the query is.
#[derive(Clone, Copy, PartialEq)]
enum Scope {
    Person,
    Group,
    /// One item `i` of a list.
    Item,
    /// The item that stands for what the account itself holds.
    Own,
    /// One group `s` that a person is in.
    Membership,
    /// One person `q` in a group.
    Member,
    /// One group `q` in a group.
    Nested,
}

fn no(place: Place) -> ScimError {
    ScimError::new(
        ErrorKind::InvalidFilter,
        format!("\"{}\" can't be searched or sorted by.", place.name()),
    )
}

fn column(place: Place, scope: Scope) -> Result<Column, ScimError> {
    use Column as C;
    let key = |column: &str| C::Key(column.to_owned());
    let (attribute, sub) = (
        place.attribute.name,
        place.sub.map(|sub| sub.name).unwrap_or_default(),
    );
    Ok(
        match (scope, place.extension.map(|schema| schema.urn), attribute, sub) {
            (Scope::Item, _, _, part) if part != "$ref" => C::Leaf(place.attribute.name, place.leaf().name),
            (Scope::Own, _, "emails", "value") => key("a.email_key"),
            (Scope::Own, _, "phoneNumbers", "value") => C::Exact(PHONE.into()),
            (Scope::Own, _, "addresses", "formatted") => key("a.location_key"),
            (Scope::Own, _, _, "type") => key("'work'"),
            (Scope::Own, _, _, "primary") => C::Flag("(1 = 1)".into()),
            (Scope::Own, ..) => C::Exact("CAST(NULL AS TEXT)".into()),
            (Scope::Membership, _, _, "value") | (Scope::Group, None, "id", "") => C::Id("s.id".into()),
            (Scope::Membership, _, _, "display") | (Scope::Group, None, "displayName", "") => {
                key("s.name_key")
            }
            (Scope::Membership, _, _, "type") => key("CASE WHEN m.direct THEN 'direct' ELSE 'indirect' END"),
            (Scope::Member | Scope::Nested, _, _, "value") => C::Id("q.id".into()),
            (Scope::Member, _, _, "type") => key("'user'"),
            (Scope::Nested, _, _, "type") => key("'group'"),
            (Scope::Group, None, "externalId", "") => C::Exact("s.external_id".into()),
            (Scope::Group, None, "meta", "created") => C::Number("s.created_at".into()),
            (Scope::Group, None, "meta", "lastModified") => C::Number("s.updated_at".into()),
            (Scope::Person, None, _, _) => person(place, attribute, sub)?,
            (Scope::Person, Some(urn), _, _) => extension(place, urn, attribute, sub)?,
            _ => return Err(no(place)),
        },
    )
}

/// As it is dialled.
const PHONE: &str = "replace(a.phone, ' ', '')";
const USER_NAME: &str = "COALESCE(p.user_name_key, a.email_key, a.employee_key)";

fn person(place: Place, attribute: &'static str, sub: &'static str) -> Result<Column, ScimError> {
    use Column as C;
    let text = |column: &str| C::Typed(column.to_owned());
    let either = |column| C::Either(vec![C::Leaf(attribute, sub), column]);
    Ok(match (attribute, sub) {
        ("id", "") => C::Id("a.id".into()),
        ("externalId", "") => C::Exact("p.external_id".into()),
        ("userName", "") => C::Key(USER_NAME.into()),
        ("displayName", "") => text("a.display_name"),
        ("name", "givenName") => text("a.given_name"),
        ("name", "middleName") => text("a.middle_name"),
        ("name", "familyName") => text("a.family_name"),
        ("name", "formatted") => either(text("a.display_name")),
        ("name", part) if NAME_PARTS.contains(&part) => C::Leaf("name", sub),
        ("title", "") => text("a.title"),
        ("locale", "") => either(text("a.locale")),
        ("timezone", "") => either(text("a.time_zone")),
        ("active", "") => C::Flag("(a.state <> 'deactivated')".into()),
        ("meta", "created") => C::Number("a.created_at".into()),
        ("meta", "lastModified") => C::Number(
            "(CASE WHEN p.updated_at > a.updated_at THEN p.updated_at ELSE a.updated_at END)".into(),
        ),
        ("emails", "value") => either(C::Key("a.email_key".into())),
        ("phoneNumbers", "value") => either(C::Exact(PHONE.into())),
        ("addresses", "formatted") => either(C::Key("a.location_key".into())),
        (name, "") if SINGLE.contains(&name) => C::Leaf(attribute, ""),
        (_, "$ref") | ("meta" | "schemas" | "groups", _) => return Err(no(place)),
        (_, part) if place.attribute.multi && !part.is_empty() => C::Leaf(attribute, sub),
        _ => return Err(no(place)),
    })
}

fn extension(place: Place, urn: &str, attribute: &str, sub: &str) -> Result<Column, ScimError> {
    use Column as C;
    let text = |column: &str| C::Typed(column.to_owned());
    let status = urn == FACEBOOK_STATUS.urn;
    Ok(match (attribute, sub) {
        ("employeeNumber", "") => C::Key("a.employee_key".into()),
        ("costCenter", "") => text("a.cost_center"),
        ("organization", "") => text("a.organization"),
        ("division", "") => text("a.division"),
        ("department", "") => C::Key("a.department_key".into()),
        ("manager", "value") if urn == ENTERPRISE.urn => C::Id("a.manager_id".into()),
        ("manager", "displayName") => C::Key(
            "(SELECT m.name_key FROM accounts m WHERE m.workplace_id = a.workplace_id AND m.id = a.manager_id)".into(),
        ),
        ("startDate", "") if urn == FACEBOOK_DATES.urn => C::Day("a.start_date".into()),
        ("termDate", "") if urn == FACEBOOK_DATES.urn => C::Day("a.end_date".into()),
        ("auth_method", "") if urn == FACEBOOK_AUTH.urn => C::Exact("a.login_method".into()),
        ("is_frontline", "") if urn == FACEBOOK_FRONTLINE.urn => C::Flag("a.frontline".into()),
        ("invited", "") if status => C::Flag("(a.invited_at IS NOT NULL OR a.claimed_at IS NOT NULL)".into()),
        ("claimed", "") if status => C::Flag("(a.state = 'claimed')".into()),
        ("canDelete", "") if status => C::Flag("(a.claimed_at IS NULL)".into()),
        ("inviteDate", "") if status => C::Number("(a.invited_at / 1000)".into()),
        ("claimDate", "") if status => C::Number("(a.claimed_at / 1000)".into()),
        _ => return Err(no(place)),
    })
}

/// The values without a column of the person of the row; of the item of the row, where one is.
fn leaves(scope: Scope, attribute: &str, sub: &str) -> String {
    let item = if scope == Scope::Item {
        " AND v.position = i.position"
    } else {
        ""
    };
    format!(
        "SELECT 1 FROM scim_values v WHERE v.workplace_id = $1 AND v.connector_id = $2 AND v.account_id = a.id \
         AND v.attribute = '{attribute}' AND v.sub = '{sub}'{item}"
    )
}

/// Adds the filter to the query.
pub(super) fn narrow(
    query: &mut Growing,
    resource: Resource,
    expression: &Expression,
) -> Result<(), ScimError> {
    let scope = match resource {
        Resource::User => Scope::Person,
        Resource::Group => Scope::Group,
    };
    let clause = said(query, scope, expression)?;
    query.and(&clause);
    Ok(())
}

/// Each part is true or false, never unknown, so that `not` is its opposite.
fn said(query: &mut Growing, scope: Scope, expression: &Expression) -> Said {
    let mut joined = |parts: &[Expression], word: &str| -> Said {
        let parts: Result<Vec<String>, ScimError> =
            parts.iter().map(|part| said(query, scope, part)).collect();
        Ok(format!("({})", parts?.join(word)))
    };
    match expression {
        Expression::All(parts) => joined(parts, " AND "),
        Expression::Any(parts) => joined(parts, " OR "),
        Expression::Not(inner) => Ok(format!("(NOT {})", said(query, scope, inner)?)),
        Expression::Item(place, inner) => item(query, scope, *place, inner),
        Expression::Present(place) => present(query, scope, *place),
        Expression::Is(place, how, literal) => {
            let is_list = place.attribute.multi && matches!(scope, Scope::Person | Scope::Group);
            if is_list && matches!(place.attribute.name, "groups" | "members") {
                return item(query, scope, *place, expression);
            }
            let column = column(*place, scope)?;
            compare(query, scope, (*place, &column), *how, literal)
        }
    }
}

fn item(query: &mut Growing, scope: Scope, place: Place, inner: &Expression) -> Said {
    let name = place.attribute.name;
    match (scope, name) {
        (Scope::Person, "groups") => Ok(format!(
            "EXISTS (SELECT 1 FROM set_members m JOIN sets s ON s.id = m.set_id AND s.workplace_id = $1 AND s.owner_id = $2 \
             WHERE m.workplace_id = $1 AND m.account_id = a.id AND {})",
            said(query, Scope::Membership, inner)?
        )),
        (Scope::Group, "members") => Ok(format!(
            "(EXISTS (SELECT 1 FROM set_members m JOIN accounts q ON q.id = m.account_id AND q.workplace_id = $1 \
             WHERE m.workplace_id = $1 AND m.set_id = s.id AND m.direct AND {}) \
             OR EXISTS (SELECT 1 FROM set_nests n JOIN sets q ON q.id = n.member_id AND q.workplace_id = $1 \
             WHERE n.workplace_id = $1 AND n.set_id = s.id AND {}))",
            said(query, Scope::Member, inner)?,
            said(query, Scope::Nested, inner)?
        )),
        (Scope::Person, _) => {
            let listed = format!(
                "EXISTS (SELECT 1 FROM scim_values i WHERE i.workplace_id = $1 AND i.connector_id = $2 \
                 AND i.account_id = a.id AND i.attribute = '{name}' AND {})",
                said(query, Scope::Item, inner)?
            );
            let Some((column, part)) = own(name) else {
                return Ok(listed);
            };
            let there = leaves(Scope::Person, name, part);
            Ok(format!(
                "({listed} OR ({column} IS NOT NULL AND NOT EXISTS ({there} AND v.value_key = {column}) AND {}))",
                said(query, Scope::Own, inner)?
            ))
        }
        _ => Err(no(place)),
    }
}

/// What the account itself holds of a list: the column, and the part that it is.
fn own(list: &str) -> Option<(&'static str, &'static str)> {
    match list {
        "emails" => Some(("a.email_key", "value")),
        "phoneNumbers" => Some((PHONE, "value")),
        "addresses" => Some(("a.location_key", "formatted")),
        _ => None,
    }
}

fn present(query: &mut Growing, scope: Scope, place: Place) -> Said {
    // A whole list, or an attribute with parts: any of them.
    if place.sub.is_none() && !place.attribute.subs.is_empty() {
        let name = place.attribute.name;
        if name == "meta" {
            return Ok("(1 = 1)".to_owned());
        }
        if matches!(scope, Scope::Person) && name != "groups" && place.attribute.multi {
            let listed = format!(
                "EXISTS (SELECT 1 FROM scim_values v WHERE v.workplace_id = $1 AND v.connector_id = $2 AND v.account_id = a.id \
                 AND v.attribute = '{name}')"
            );
            return Ok(match own(name) {
                Some((column, _)) => format!("({listed} OR {column} IS NOT NULL)"),
                None => listed,
            });
        }
        let parts: Vec<Expression> = place
            .attribute
            .subs
            .iter()
            .map(|sub| Place {
                sub: Some(sub),
                ..place
            })
            .filter(|part| part.leaf().name != "$ref")
            .map(Expression::Present)
            .collect();
        let any = Expression::Any(parts);
        return match name {
            "groups" | "members" => item(query, scope, place, &any),
            _ => said(query, scope, &any),
        };
    }
    if place.attribute.multi
        && matches!(place.attribute.name, "groups" | "members")
        && matches!(scope, Scope::Person | Scope::Group)
    {
        return item(query, scope, place, &Expression::Present(place));
    }
    if place.attribute.name == "schemas" {
        return Ok("(1 = 1)".to_owned());
    }
    Ok(is_there(scope, &column(place, scope)?))
}

fn is_there(scope: Scope, column: &Column) -> String {
    match column {
        Column::Key(name)
        | Column::Typed(name)
        | Column::Exact(name)
        | Column::Id(name)
        | Column::Number(name)
        | Column::Day(name) => {
            format!("({name} IS NOT NULL)")
        }
        Column::Flag(_) => "(1 = 1)".to_owned(),
        Column::Leaf(attribute, sub) => format!("EXISTS ({})", leaves(scope, attribute, sub)),
        Column::Either(columns) => {
            let parts: Vec<String> = columns.iter().map(|column| is_there(scope, column)).collect();
            format!("({})", parts.join(" OR "))
        }
    }
}

#[allow(clippy::too_many_lines, reason = "one arm for each kind of column")]
fn compare(
    query: &mut Growing,
    scope: Scope,
    (place, at): (Place, &Column),
    how: Compare,
    literal: &Literal,
) -> Said {
    if how == Compare::Ne {
        return Ok(format!(
            "(NOT {})",
            compare(query, scope, (place, at), Compare::Eq, literal)?
        ));
    }
    match (at, literal) {
        (Column::Flag(name), Literal::Boolean(flag)) => Ok(if *flag {
            name.clone()
        } else {
            format!("(NOT {name})")
        }),
        (Column::Leaf(attribute, sub), Literal::Boolean(flag)) => {
            let wanted = query.put(flag.to_string());
            Ok(format!(
                "EXISTS ({} AND v.value = {wanted})",
                leaves(scope, attribute, sub)
            ))
        }
        (Column::Number(name), Literal::Moment(number) | Literal::Integer(number)) => {
            let number = query.put(*number);
            Ok(format!("({name} IS NOT NULL AND {name} {} {number})", sign(how)))
        }
        (Column::Day(name), Literal::Integer(seconds)) => {
            let day = Moment::from_ms(seconds.saturating_mul(1000)).timestamp();
            let day = query.put(jiff::tz::Offset::UTC.to_datetime(day).date().to_string());
            Ok(format!("({name} IS NOT NULL AND {name} {} {day})", sign(how)))
        }
        (Column::Id(name), Literal::Text(text)) => id(query, place, name, how, text),
        (Column::Either(columns), literal) => {
            let parts: Result<Vec<String>, ScimError> = columns
                .iter()
                .map(|column| compare(query, scope, (place, column), how, literal))
                .collect();
            let all = parts?.join(" OR ");
            // Found by its index before anything else is looked at.
            let quick = match (how, place.attribute.name, literal) {
                (Compare::Eq, "emails", Literal::Text(text)) if scope == Scope::Person => {
                    let key = query.put(fold::key(text));
                    format!(
                        "a.id IN (SELECT account_id FROM scim_values WHERE workplace_id = $1 AND connector_id = $2 \
                         AND attribute = 'emails' AND sub = 'value' AND value_key = {key} \
                         UNION ALL SELECT id FROM accounts WHERE workplace_id = $1 AND email_key = {key}) AND "
                    )
                }
                _ => String::new(),
            };
            Ok(format!("({quick}({all}))"))
        }
        (Column::Leaf(attribute, sub), Literal::Text(text)) => {
            let clause = if place.leaf().exact {
                texts(query, "v.value", how, std::slice::from_ref(text))
            } else if how == Compare::Eq {
                texts(query, "v.value_key", how, &[leaf_key(attribute, sub, text)])
            } else {
                texts(query, "v.value_key", how, &[fold::key(text)])
            };
            let quick = if how == Compare::Eq && scope == Scope::Person {
                let key = query.put(if place.leaf().exact {
                    fold::key(text)
                } else {
                    leaf_key(attribute, sub, text)
                });
                format!(
                    "a.id IN (SELECT account_id FROM scim_values WHERE workplace_id = $1 AND connector_id = $2 \
                     AND attribute = '{attribute}' AND sub = '{sub}' AND value_key = {key}) AND "
                )
            } else {
                String::new()
            };
            Ok(format!(
                "({quick}EXISTS ({} AND {clause}))",
                leaves(scope, attribute, sub)
            ))
        }
        (Column::Key(name), Literal::Text(text)) => {
            let key = fold::key(text);
            let clause = texts(query, name, how, std::slice::from_ref(&key));
            let quick = if how == Compare::Eq && name == USER_NAME {
                let key = query.put(key);
                format!(
                    "a.id IN (SELECT account_id FROM scim_people WHERE workplace_id = $1 AND connector_id = $2 \
                     AND user_name_key = {key} UNION ALL SELECT id FROM accounts WHERE workplace_id = $1 AND email_key = {key} \
                     UNION ALL SELECT id FROM accounts WHERE workplace_id = $1 AND employee_key = {key}) AND "
                )
            } else {
                String::new()
            };
            Ok(format!("({quick}{name} IS NOT NULL AND {clause})"))
        }
        (Column::Exact(name), Literal::Text(text)) => {
            let value = if name == PHONE {
                leaf_key("phoneNumbers", "value", text)
            } else {
                text.clone()
            };
            let clause = texts(query, name, how, &[value]);
            let quick = if how == Compare::Eq && name == "p.external_id" {
                let id = query.put(text);
                format!(
                    "a.id IN (SELECT account_id FROM scim_people WHERE workplace_id = $1 AND connector_id = $2 \
                     AND external_id = {id}) AND "
                )
            } else {
                String::new()
            };
            Ok(format!("({quick}{name} IS NOT NULL AND {clause})"))
        }
        (Column::Typed(name), Literal::Text(text)) => {
            // Both databases fold ASCII alike; other letters are tried as typed, in small and in capital letters.
            let mut tries = vec![
                text.to_ascii_lowercase(),
                text.to_lowercase(),
                text.to_uppercase().to_ascii_lowercase(),
            ];
            tries.dedup();
            let folded = format!("lower({name} COLLATE \"BINARY\")");
            let clause = texts(query, &folded, how, &tries);
            Ok(format!("({name} IS NOT NULL AND {clause})"))
        }
        _ => Err(no(place)),
    }
}

fn sign(how: Compare) -> &'static str {
    match how {
        Compare::Gt => ">",
        Compare::Ge => ">=",
        Compare::Lt => "<",
        Compare::Le => "<=",
        _ => "=",
    }
}

fn id(query: &mut Growing, place: Place, name: &str, how: Compare, text: &str) -> Said {
    if matches!(how, Compare::Co | Compare::Sw | Compare::Ew) {
        let detail = format!("\"{}\" is compared as a whole: use eq.", place.name());
        return Err(ScimError::new(ErrorKind::InvalidFilter, detail));
    }
    match text.parse::<uuid::Uuid>() {
        Ok(id) => {
            let id = query.put(id);
            Ok(format!("({name} IS NOT NULL AND {name} {} {id})", sign(how)))
        }
        // No id of ours: nobody has it.
        Err(_) => Ok("(1 = 0)".to_owned()),
    }
}

/// Compares a text, which is there, with any of `values`. Nothing of it is a pattern.
fn texts(query: &mut Growing, name: &str, how: Compare, values: &[String]) -> String {
    let parts: Vec<String> = values
        .iter()
        .map(|value| {
            let length = value.chars().count();
            if length == 0 && matches!(how, Compare::Co | Compare::Sw | Compare::Ew) {
                return "(1 = 1)".to_owned();
            }
            let value = query.put(value);
            match how {
                Compare::Co => format!("replace({name}, {value}, '') <> {name}"),
                Compare::Sw => format!("substr({name}, 1, {length}) = {value}"),
                Compare::Ew => {
                    format!("(length({name}) >= {length} AND substr({name}, length({name}) - {length} + 1) = {value})")
                }
                _ => format!("{name} {} {value}", sign(how)),
            }
        })
        .collect();
    match parts.as_slice() {
        [one] => one.clone(),
        // The first try is what was typed: only that is less or more.
        [first, ..] if matches!(how, Compare::Gt | Compare::Ge | Compare::Lt | Compare::Le) => first.clone(),
        _ => format!("({})", parts.join(" OR ")),
    }
}

/// What rows are sorted by.
pub(super) enum Sorted {
    Text(String),
    Number(String),
}

/// How a list is sorted by an attribute; lists by their first value, managers by name. Nothing: by id.
pub(super) fn sorted(resource: Resource, place: Place) -> Result<Option<Sorted>, ScimError> {
    let scope = match resource {
        Resource::User => Scope::Person,
        Resource::Group => Scope::Group,
    };
    let place = match place.sub {
        _ if place.attribute.name == "manager" => Place {
            sub: place.attribute.sub("displayName"),
            ..place
        },
        None if place.attribute.name == "name" => Place {
            sub: place.attribute.sub("familyName"),
            ..place
        },
        None if !place.attribute.subs.is_empty() => Place {
            sub: place.attribute.sub("value").or(place.attribute.subs.first()),
            ..place
        },
        _ => place,
    };
    let wrong = |_| {
        ScimError::new(
            ErrorKind::InvalidPath,
            format!("\"{}\" can't be sorted by.", place.name()),
        )
    };
    Ok(by(&column(place, scope).map_err(wrong)?))
}

fn by(column: &Column) -> Option<Sorted> {
    Some(match column {
        Column::Key(name) | Column::Exact(name) | Column::Day(name) => {
            Sorted::Text(format!("({name}) COLLATE \"BINARY\""))
        }
        Column::Typed(name) => Sorted::Text(format!("lower({name} COLLATE \"BINARY\")")),
        Column::Id(_) => return None,
        Column::Flag(name) => Sorted::Number(format!("(CASE WHEN {name} THEN 1 ELSE 0 END)")),
        Column::Number(name) => Sorted::Number(format!("COALESCE({name}, 0)")),
        Column::Leaf(attribute, sub) => Sorted::Text(format!(
            "(SELECT MIN(v.value_key) FROM scim_values v WHERE v.workplace_id = $1 AND v.connector_id = $2 \
             AND v.account_id = a.id AND v.attribute = '{attribute}' AND v.sub = '{sub}') COLLATE \"BINARY\""
        )),
        Column::Either(columns) => return columns.last().and_then(by),
    })
}
