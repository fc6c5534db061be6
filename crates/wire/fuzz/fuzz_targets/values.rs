//! Any text as a cell: `cargo +nightly fuzz run values`.
#![no_main]

use guildhall_wire::sheet::values::{self, DateOrder};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for order in [DateOrder::DayFirst, DateOrder::MonthFirst, DateOrder::Unknown] {
        let _ = values::parse_end_date(text, order);
    }
    let _ = values::date_order([text]);
    let _ = values::parse_email(text);
    let _ = values::phone_key(text);
    let _ = values::parse_name(text);
    let _ = values::parse_employee_id(text);
    let _ = values::parse_bool(text);
    let _ = values::parse_state(text);
    let _ = values::parse_locale(text);
    let _ = values::parse_time_zone(text);
    let _ = values::parse_login_method(text);
    let _ = guildhall_wire::sheet::guess(&[text], &[vec![text.to_owned()]]);
});
