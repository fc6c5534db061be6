//! Which queries have run on which database, for the tests: `TEST_QUERY_SITES` names a folder that gets an empty
//! file `sqlite|postgresql file.rs:line` for each. Only in builds with debug assertions.

#[cfg(debug_assertions)]
pub fn ran(site: &std::panic::Location<'_>, database: &str) {
    use std::collections::HashSet;
    use std::sync::{LazyLock, Mutex, PoisonError};

    static FOLDER: LazyLock<Option<std::path::PathBuf>> =
        LazyLock::new(|| std::env::var_os("TEST_QUERY_SITES").map(Into::into));
    static SEEN: Mutex<Option<HashSet<String>>> = Mutex::new(None);

    let Some(folder) = &*FOLDER else { return };
    let name = format!("{database} {}:{}", site.file().replace('/', "!"), site.line());
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if seen.get_or_insert_default().insert(name.clone()) {
        // A file that can't be written is missed by who counts them.
        let _ = std::fs::write(folder.join(name), "");
    }
}

#[cfg(not(debug_assertions))]
pub fn ran(_site: &std::panic::Location<'_>, _database: &str) {}
