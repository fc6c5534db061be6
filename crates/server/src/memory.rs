//! How much memory the server takes.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// The variable by which glibc's allocator is told how many arenas it may make; it reads it only when a program starts.
const ARENAS: &str = "MALLOC_ARENA_MAX";

/// Starts the program anew, as the same process, with two arenas in place of eight for each core, unless somebody has set
/// that. Rows are made on one thread and freed on that of the database: each arena keeps what it held at its highest, and a
/// list of a million people takes a third more memory with sixteen of them. Should it not start, this one goes on.
pub fn keep_small() {
    if std::env::var_os(ARENAS).is_none()
        && let Ok(program) = std::env::current_exe()
    {
        let _error = Command::new(program)
            .args(std::env::args_os().skip(1))
            .env(ARENAS, "2")
            .exec();
    }
}
