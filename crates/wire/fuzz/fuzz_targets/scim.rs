//! Any text as a filter, a path and a PATCH of SCIM.
#![no_main]

use guildhall_wire::scim::{Map, Resource, apply, operations, parse_filter, parse_path, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    for resource in [Resource::User, Resource::Group] {
        let _ = parse_filter(resource, data);
        let _ = parse_path(resource, data);
        if let Ok(body) = serde_json::from_str(data) {
            let _ = read(resource, &body);
            if let Ok((operations, _)) = operations(resource, &body) {
                let mut empty = Map::new();
                for operation in &operations {
                    let _ = apply(&mut empty, operation);
                }
            }
        }
    }
});
