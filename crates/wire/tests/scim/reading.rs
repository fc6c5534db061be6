use guildhall_wire::scim::{
    ENTERPRISE, FACEBOOK_AUTH, FACEBOOK_DATES, FACEBOOK_FRONTLINE, FACEBOOK_STATUS, Projection, Resource,
    Schema, read, to_v1,
};
use serde_json::{Value, json};

fn user(body: Value) -> Value {
    Value::Object(read(Resource::User, &body).unwrap().resource)
}

fn under(schema: &Schema, value: Value) -> Value {
    let mut map = serde_json::Map::new();
    map.insert(schema.urn.to_owned(), value);
    Value::Object(map)
}

#[test]
fn what_comes_is_brought_into_one_form() {
    let table = [
        (json!({"USERNAME": " anna "}), json!({"userName": "anna"})),
        (json!({"active": "True"}), json!({"active": true})),
        (json!({"active": "False"}), json!({"active": false})),
        (json!({"title": ""}), json!({})),
        (json!({"title": null}), json!({})),
        (json!({"emails": []}), json!({})),
        (
            json!({"emails": "a@x.org"}),
            json!({"emails": [{"value": "a@x.org"}]}),
        ),
        (
            json!({"emails": ["a@x.org"]}),
            json!({"emails": [{"value": "a@x.org"}]}),
        ),
        (
            json!({"emails": [{"Value": "a@x.org", "primary": "true"}, {"value": "b@x.org", "primary": true}]}),
            json!({"emails": [{"value": "a@x.org", "primary": true}, {"value": "b@x.org", "primary": false}]}),
        ),
        (
            json!({"name.givenName": "Anna"}),
            json!({"name": {"givenName": "Anna"}}),
        ),
        (
            json!({"id": "1", "meta": {}, "schemas": [], "groups": [{"value": "1"}]}),
            json!({}),
        ),
        (json!({"externalId": 42}), json!({"externalId": "42"})),
        (
            json!({ENTERPRISE.urn: {"manager": "m1"}}),
            under(&ENTERPRISE, json!({"manager": {"value": "m1"}})),
        ),
        (
            json!({ENTERPRISE.old_urn: {"manager": {"managerId": "m1", "displayName": "Max"}}}),
            under(&ENTERPRISE, json!({"manager": {"value": "m1"}})),
        ),
        (
            json!({ENTERPRISE.urn: {"manager": [{"value": "m1"}]}}),
            under(&ENTERPRISE, json!({"manager": {"value": "m1"}})),
        ),
        (json!({ENTERPRISE.urn: {"manager": ""}}), json!({})),
        (
            json!({"department": "Ops"}),
            under(&ENTERPRISE, json!({"department": "Ops"})),
        ),
        (
            json!({format!("{}:department", ENTERPRISE.urn): "Ops"}),
            under(&ENTERPRISE, json!({"department": "Ops"})),
        ),
        (
            json!({"invited": "true"}),
            under(&FACEBOOK_STATUS, json!({"invited": true})),
        ),
        (
            json!({FACEBOOK_STATUS.urn: {"invited": true, "claimed": true}}),
            under(&FACEBOOK_STATUS, json!({"invited": true})),
        ),
        (
            json!({FACEBOOK_DATES.urn: {"startDate": "2026-01-31"}}),
            under(&FACEBOOK_DATES, json!({"startDate": 1_769_817_600})),
        ),
        (
            json!({FACEBOOK_DATES.old_urn: {"startDate": "1769817600", "termDate": 1_769_817_600_000_i64}}),
            under(
                &FACEBOOK_DATES,
                json!({"startDate": 1_769_817_600, "termDate": 1_769_817_600}),
            ),
        ),
        (
            json!({FACEBOOK_DATES.urn: {"startDate": "2026-01-31T10:00:00+01:00"}}),
            under(&FACEBOOK_DATES, json!({"startDate": 1_769_850_000})),
        ),
        (
            json!({FACEBOOK_AUTH.urn: {"authMethod": "sso"}}),
            under(&FACEBOOK_AUTH, json!({"auth_method": "sso"})),
        ),
        (
            json!({FACEBOOK_AUTH.urn: "sso"}),
            under(&FACEBOOK_AUTH, json!({"auth_method": "sso"})),
        ),
        (
            json!({FACEBOOK_FRONTLINE.urn: {"is_frontline": 1}}),
            under(&FACEBOOK_FRONTLINE, json!({"is_frontline": true})),
        ),
    ];
    for (given, expect) in table {
        assert_eq!(user(given.clone()), expect, "{given}");
    }
}

#[test]
fn what_is_not_kept_is_named() {
    let body = json!({"userName": "a", "shoeSize": 42, "password": "x", "urn:x:y:User": {"a": 1}, ENTERPRISE.urn: {"desk": "1"}});
    let mut ignored = read(Resource::User, &body).unwrap().ignored;
    ignored.sort();
    let desk = format!("{}:desk", ENTERPRISE.urn);
    assert_eq!(ignored, ["password", "shoeSize", desk.as_str(), "urn:x:y:User"]);
}

#[test]
fn what_makes_no_sense_is_refused_in_a_sentence() {
    let many = vec!["a@x.org"; 101];
    for (body, word) in [
        (json!([]), "object"),
        (json!({"active": "perhaps"}), "active"),
        (json!({"title": ["a", {"b": 1}]}), ""),
        (json!({"title": {"b": 1}}), "title"),
        (json!({"emails": many}), "emails"),
        (json!({"userName": "a\u{0}b"}), "userName"),
        (json!({FACEBOOK_DATES.urn: {"startDate": "soon"}}), "startDate"),
    ] {
        match read(Resource::User, &body) {
            Ok(read) => assert!(word.is_empty(), "{body}: {read:?}"),
            Err(error) => assert!(!word.is_empty() && error.detail.contains(word), "{body}: {error}"),
        }
    }
}

#[test]
fn only_what_is_asked_for_is_given() {
    let all = json!({
        "schemas": ["s"], "id": "1", "userName": "a", "title": "t", "name": {"givenName": "g", "familyName": "f"},
        "emails": [{"value": "e", "type": "work"}], ENTERPRISE.urn: {"department": "d", "division": "v"}, "meta": {"version": "1"},
    });
    let Value::Object(all) = all else { unreachable!() };
    let table = [
        (
            Some("userName"),
            None,
            json!({"schemas": ["s"], "id": "1", "userName": "a"}),
        ),
        (
            Some("USERNAME, name.givenName,emails.value"),
            None,
            json!({"schemas": ["s"], "id": "1", "userName": "a", "name": {"givenName": "g"}, "emails": [{"value": "e"}]}),
        ),
        (
            Some("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"),
            None,
            json!({"schemas": ["s"], "id": "1", ENTERPRISE.urn: {"department": "d"}}),
        ),
        (
            None,
            Some(
                "id,schemas,emails.type,name,title,meta,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            ),
            json!({"schemas": ["s"], "id": "1", "userName": "a", "emails": [{"value": "e"}]}),
        ),
    ];
    for (only, without, expect) in table {
        let kept = Projection::new(Resource::User, only, without).apply(all.clone());
        assert_eq!(Value::Object(kept), expect, "{only:?} {without:?}");
    }
    assert!(!Projection::new(Resource::Group, None, Some("members")).wants("members"));
    assert!(Projection::new(Resource::Group, None, Some("members.display")).wants("members"));
    assert!(!Projection::new(Resource::Group, Some("displayName"), None).wants("members"));
}

#[test]
fn the_older_shape_has_its_own_names() {
    let all = json!({"schemas": [], "id": "1", "meta": {"resourceType": "User"}, ENTERPRISE.urn: {"manager": {"value": "m", "displayName": "M"}}});
    let Value::Object(all) = all else { unreachable!() };
    let old = Value::Object(to_v1(Resource::User, all));
    assert_eq!(
        old,
        json!({
            "schemas": ["urn:scim:schemas:core:1.0", "urn:scim:schemas:extension:enterprise:1.0"], "id": "1", "meta": {},
            "urn:scim:schemas:extension:enterprise:1.0": {"manager": {"managerId": "m", "displayName": "M"}},
        })
    );
}
