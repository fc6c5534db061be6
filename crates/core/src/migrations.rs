use guildhall_store::Migration;

/// Every step of the schema, oldest first: one numbering, one text for both databases.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "foundation",
        text: include_str!("../migrations/0001_foundation.sql"),
    },
    Migration {
        number: 2,
        name: "sessions",
        text: include_str!("../migrations/0002_sessions.sql"),
    },
    Migration {
        number: 3,
        name: "access",
        text: include_str!("../migrations/0003_access.sql"),
    },
    Migration {
        number: 4,
        name: "letters",
        text: include_str!("../migrations/0004_letters.sql"),
    },
    Migration {
        number: 5,
        name: "groups",
        text: include_str!("../migrations/0005_groups.sql"),
    },
    Migration {
        number: 6,
        name: "imports",
        text: include_str!("../migrations/0006_imports.sql"),
    },
    Migration {
        number: 7,
        name: "tokens",
        text: include_str!("../migrations/0007_tokens.sql"),
    },
    Migration {
        number: 8,
        name: "jobs",
        text: include_str!("../migrations/0008_jobs.sql"),
    },
    Migration {
        number: 9,
        name: "rest",
        text: include_str!("../migrations/0009_rest.sql"),
    },
    Migration {
        number: 10,
        name: "connectors",
        text: include_str!("../migrations/0010_connectors.sql"),
    },
    Migration {
        number: 12,
        name: "directories",
        text: include_str!("../migrations/0012_directories.sql"),
    },
    Migration {
        number: 14,
        name: "domains",
        text: include_str!("../migrations/0014_domains.sql"),
    },
    Migration {
        number: 24,
        name: "joining",
        text: include_str!("../migrations/0024_joining.sql"),
    },
    Migration {
        number: 25,
        name: "access_codes",
        text: include_str!("../migrations/0025_access_codes.sql"),
    },
    Migration {
        number: 26,
        name: "supervisors_kiosks",
        text: include_str!("../migrations/0026_supervisors_kiosks.sql"),
    },
    Migration {
        number: 27,
        name: "rules",
        text: include_str!("../migrations/0027_rules.sql"),
    },
    Migration {
        number: 28,
        name: "invite rules",
        text: include_str!("../migrations/0028_invite_rules.sql"),
    },
    Migration {
        number: 29,
        name: "leavings",
        text: include_str!("../migrations/0029_leavings.sql"),
    },
    Migration {
        number: 30,
        name: "claims",
        text: include_str!("../migrations/0030_claims.sql"),
    },
    Migration {
        number: 37,
        name: "scim_photos",
        text: include_str!("../migrations/0037_scim_photos.sql"),
    },
    Migration {
        number: 38,
        name: "terms",
        text: include_str!("../migrations/0038_terms.sql"),
    },
    Migration {
        number: 40,
        name: "sign_ins",
        text: include_str!("../migrations/0040_sign_ins.sql"),
    },
    Migration {
        number: 41,
        name: "sso",
        text: include_str!("../migrations/0041_sso.sql"),
    },
    Migration {
        number: 50,
        name: "kiosk passes",
        text: include_str!("../migrations/0050_kiosk_passes.sql"),
    },
    Migration {
        number: 55,
        name: "pushed_groups",
        text: include_str!("../migrations/0055_pushed_groups.sql"),
    },
    Migration {
        number: 56,
        name: "held_groups",
        text: include_str!("../migrations/0056_held_groups.sql"),
    },
    Migration {
        number: 57,
        name: "connector_brake",
        text: include_str!("../migrations/0057_connector_brake.sql"),
    },
    Migration {
        number: 60,
        name: "oidc",
        text: include_str!("../migrations/0060_oidc.sql"),
    },
    Migration {
        number: 70,
        name: "factors",
        text: include_str!("../migrations/0070_factors.sql"),
    },
    Migration {
        number: 71,
        name: "devices",
        text: include_str!("../migrations/0071_devices.sql"),
    },
    Migration {
        number: 72,
        name: "log_in_steps",
        text: include_str!("../migrations/0072_log_in_steps.sql"),
    },
    Migration {
        number: 73,
        name: "proved_at",
        text: include_str!("../migrations/0073_proved_at.sql"),
    },
    Migration {
        number: 80,
        name: "sso required",
        text: include_str!("../migrations/0080_sso_required.sql"),
    },
    Migration {
        number: 81,
        name: "kiosk pass sessions",
        text: include_str!("../migrations/0081_kiosk_pass_sessions.sql"),
    },
    Migration {
        number: 82,
        name: "sso more",
        text: include_str!("../migrations/0082_sso_more.sql"),
    },
    Migration {
        number: 83,
        name: "sso again",
        text: include_str!("../migrations/0083_sso_again.sql"),
    },
    Migration {
        number: 86,
        name: "connector_bodies",
        text: include_str!("../migrations/0086_connector_bodies.sql"),
    },
    Migration {
        number: 88,
        name: "device letters",
        text: include_str!("../migrations/0088_device_letters.sql"),
    },
    Migration {
        number: 89,
        name: "sso stale",
        text: include_str!("../migrations/0089_sso_stale.sql"),
    },
    Migration {
        number: 90,
        name: "sso draft",
        text: include_str!("../migrations/0090_sso_draft.sql"),
    },
];
