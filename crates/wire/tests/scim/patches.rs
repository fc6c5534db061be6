use guildhall_wire::scim::{
    ENTERPRISE, ErrorKind, MemberOperation, Resource, apply, member_operations, operations, patch_from_v1,
    read,
};
use serde_json::{Value, json};

fn patched(before: Value, body: &Value) -> Result<Value, ErrorKind> {
    let mut resource = read(Resource::User, &before).unwrap().resource;
    let (operations, _) = operations(Resource::User, body).map_err(|error| error.kind)?;
    for operation in &operations {
        apply(&mut resource, operation).map_err(|error| error.kind)?;
    }
    Ok(Value::Object(resource))
}

fn ops(list: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list})
}

#[test]
#[allow(clippy::too_many_lines, reason = "one table")]
fn every_shape_of_a_patch_does_what_it_means() {
    let e = ENTERPRISE.urn;
    let mail = |kind: &str, value: &str| json!({"type": kind, "value": value});
    let table = [
        (
            json!({"title": "a"}),
            json!([{"op": "Replace", "path": "title", "value": "b"}]),
            json!({"title": "b"}),
        ),
        (
            json!({"title": "a"}),
            json!([{"op": "replace", "path": "TITLE", "value": ""}]),
            json!({}),
        ),
        (
            json!({"title": "a"}),
            json!([{"op": "Remove", "path": "title"}]),
            json!({}),
        ),
        (
            json!({}),
            json!([{"op": "Add", "value": {"title": "b", "active": "False"}}]),
            json!({"title": "b", "active": false}),
        ),
        (
            json!({"name": {"givenName": "A", "familyName": "B"}}),
            json!([{"op": "replace", "path": "name.givenName", "value": "C"}]),
            json!({"name": {"givenName": "C", "familyName": "B"}}),
        ),
        (
            json!({"name": {"givenName": "A", "familyName": "B"}}),
            json!([{"op": "replace", "path": "name", "value": {"givenName": "C"}}]),
            json!({"name": {"givenName": "C", "familyName": "B"}}),
        ),
        (
            json!({}),
            json!([{"op": "replace", "value": {"name.givenName": "C", "emails[type eq \"work\"].value": "c@x.org"}}]),
            json!({"name": {"givenName": "C"}, "emails": [mail("work", "c@x.org")]}),
        ),
        (
            json!({"emails": [mail("work", "a@x.org"), mail("home", "h@x.org")]}),
            json!([{"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "b@x.org"}]),
            json!({"emails": [mail("work", "b@x.org"), mail("home", "h@x.org")]}),
        ),
        (
            json!({"emails": [mail("home", "h@x.org")]}),
            json!([{"op": "Add", "path": "emails[type eq \"work\"].value", "value": "b@x.org"}]),
            json!({"emails": [mail("home", "h@x.org"), mail("work", "b@x.org")]}),
        ),
        (
            json!({"emails": [mail("work", "a@x.org"), mail("home", "h@x.org")]}),
            json!([{"op": "remove", "path": "emails[type eq \"work\"]"}]),
            json!({"emails": [mail("home", "h@x.org")]}),
        ),
        (
            json!({"emails": [mail("work", "a@x.org"), mail("home", "h@x.org")]}),
            json!([{"op": "remove", "path": "emails[type eq \"work\"].value"}]),
            json!({"emails": [{"type": "work"}, mail("home", "h@x.org")]}),
        ),
        (
            json!({"emails": [{"value": "a@x.org", "primary": true}]}),
            json!([{"op": "add", "path": "emails", "value": [{"value": "b@x.org", "primary": true}]}]),
            json!({"emails": [{"value": "a@x.org", "primary": false}, {"value": "b@x.org", "primary": true}]}),
        ),
        (
            json!({"emails": [mail("work", "a@x.org")]}),
            json!([{"op": "add", "path": "emails", "value": [mail("work", "a@x.org")]}]),
            json!({"emails": [mail("work", "a@x.org")]}),
        ),
        (
            json!({}),
            json!([{"op": "Add", "path": format!("{e}:manager"), "value": "m1"}]),
            json!({e: {"manager": {"value": "m1"}}}),
        ),
        (
            json!({}),
            json!([{"op": "Add", "path": format!("{e}:manager"), "value": [{"$ref": "https://x/Users/m2"}]}]),
            json!({e: {"manager": {"value": "m2"}}}),
        ),
        (
            json!({e: {"manager": {"value": "m1"}, "department": "D"}}),
            json!([{"op": "Remove", "path": format!("{e}:manager")}]),
            json!({e: {"department": "D"}}),
        ),
        (
            json!({e: {"manager": {"value": "m1"}}}),
            json!([{"op": "Replace", "path": format!("{e}:manager.value"), "value": ""}]),
            json!({}),
        ),
        (
            json!({}),
            json!([{"op": "replace", "value": {e: {"department": "D"}}}]),
            json!({e: {"department": "D"}}),
        ),
        (
            json!({}),
            json!([{"op": "add", "path": e, "value": {"division": "V"}}]),
            json!({e: {"division": "V"}}),
        ),
        (
            json!({e: {"division": "V"}}),
            json!([{"op": "remove", "path": e}]),
            json!({}),
        ),
        (
            json!({"title": "a"}),
            json!([{"op": "add", "value": {"shoeSize": 4, "id": "7"}}]),
            json!({"title": "a"}),
        ),
        (json!({"title": "a"}), json!([]), json!({"title": "a"})),
    ];
    for (before, list, expect) in table {
        assert_eq!(
            patched(before.clone(), &ops(list.clone())),
            Ok(expect),
            "{before} {list}"
        );
    }
    let small = json!({"operations": {"op": "replace", "path": "title", "value": "b"}});
    assert_eq!(patched(json!({}), &small), Ok(json!({"title": "b"})));
}

#[test]
fn a_patch_that_makes_no_sense_is_refused_by_its_name() {
    for (list, kind) in [
        (json!([{"op": "remove"}]), ErrorKind::NoTarget),
        (json!([{"op": "move", "path": "title"}]), ErrorKind::InvalidSyntax),
        (
            json!([{"op": "add", "path": "shoeSize", "value": 1}]),
            ErrorKind::InvalidPath,
        ),
        (
            json!([{"op": "add", "path": "title[", "value": 1}]),
            ErrorKind::InvalidPath,
        ),
        (
            json!([{"op": "replace", "path": "id", "value": "1"}]),
            ErrorKind::Mutability,
        ),
        (
            json!([{"op": "replace", "path": "groups", "value": []}]),
            ErrorKind::Mutability,
        ),
        (
            json!([{"op": "remove", "path": "userName"}]),
            ErrorKind::Mutability,
        ),
        (json!([{"op": "add", "value": "x"}]), ErrorKind::InvalidValue),
        (
            json!([{"op": "replace", "path": "active", "value": "perhaps"}]),
            ErrorKind::InvalidValue,
        ),
        (
            json!([{"op": "replace", "path": "emails[type ne \"x\"].value", "value": "a"}]),
            ErrorKind::NoTarget,
        ),
        (
            json!([{"op": "replace", "path": "emails[colour eq \"x\"]", "value": "a"}]),
            ErrorKind::NoTarget,
        ),
        (json!("no list"), ErrorKind::InvalidSyntax),
    ] {
        let done = patched(json!({"userName": "a"}), &ops(list.clone()));
        assert_eq!(done, Err(kind), "{list}");
    }
}

#[test]
fn members_are_told_apart_from_the_rest() {
    use MemberOperation as M;
    let text = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    for (operation, expect) in [
        (
            json!({"op": "Add", "path": "members", "value": [{"value": "1"}, {"value": "2"}]}),
            Some(M::Add(text(&["1", "2"]))),
        ),
        (
            json!({"op": "add", "path": "members", "value": {"value": "1"}}),
            Some(M::Add(text(&["1"]))),
        ),
        (
            json!({"op": "add", "value": {"members": ["1"]}}),
            Some(M::Add(text(&["1"]))),
        ),
        (
            json!({"op": "Remove", "path": "members", "value": [{"value": "1"}]}),
            Some(M::Remove(text(&["1"]))),
        ),
        (json!({"op": "Remove", "path": "members"}), Some(M::Clear)),
        (
            json!({"op": "remove", "path": "members", "value": null}),
            Some(M::Clear),
        ),
        (
            json!({"op": "remove", "path": "members", "value": []}),
            Some(M::Remove(vec![])),
        ),
        (
            json!({"op": "remove", "path": "members", "value": {}}),
            Some(M::Remove(vec![])),
        ),
        (
            json!({"op": "remove", "path": "members[value eq \"1\"]"}),
            Some(M::Remove(text(&["1"]))),
        ),
        (
            json!({"op": "remove", "path": "members[value eq \"1\" or value eq \"2\"]"}),
            Some(M::Remove(text(&["1", "2"]))),
        ),
        (
            json!({"op": "replace", "path": "members", "value": []}),
            Some(M::Replace(vec![])),
        ),
        (
            json!({"op": "replace", "path": "displayName", "value": "x"}),
            None,
        ),
    ] {
        let (operations, _) = operations(Resource::Group, &ops(json!([operation]))).unwrap();
        assert_eq!(member_operations(&operations[0]), Ok(expect), "{operation}");
    }
}

#[test]
fn the_older_patch_merges_clears_and_deletes() {
    let body = json!({
        "schemas": ["urn:scim:schemas:core:1.0"],
        "meta": {"attributes": ["nickName"]},
        "title": "b",
        "emails": [{"value": "b@x.org"}, {"value": "a@x.org", "operation": "delete"}],
        "urn:scim:schemas:extension:enterprise:1.0": {"manager": {"managerId": "m"}},
    });
    let before = json!({"nickName": "n", "title": "a", "emails": [{"value": "a@x.org"}]});
    let mut resource = read(Resource::User, &before).unwrap().resource;
    for operation in patch_from_v1(Resource::User, &body).unwrap() {
        apply(&mut resource, &operation).unwrap();
    }
    let expect =
        json!({"title": "b", "emails": [{"value": "b@x.org"}], ENTERPRISE.urn: {"manager": {"value": "m"}}});
    assert_eq!(Value::Object(resource), expect);
}
