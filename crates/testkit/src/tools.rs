//! Programs that the tests use and cargo cannot bring: see `scripts/tools.sh`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of the checkout.
pub fn root() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    crates
        .and_then(Path::parent)
        .expect("testkit lies in crates/")
        .to_owned()
}

/// Has `scripts/tools.sh` install what is missing for `step` (`tool_postfix`); quick when nothing is.
///
/// # Panics
/// When it cannot: the test cannot go on.
pub fn need(step: &str) {
    let done = Command::new("bash")
        .arg(root().join("scripts/tools.sh"))
        .arg(step)
        .stdin(Stdio::null())
        .output()
        .expect("bash is there");
    assert!(
        done.status.success(),
        "scripts/tools.sh {step} failed; run it by hand to see why.\n{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// The Python of the virtual environment `name`, which `scripts/tools.sh tool_NAME` makes.
pub fn python(name: &str) -> PathBuf {
    need(&format!("tool_{name}"));
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target
        .join("tools")
        .join(format!("venv-{name}"))
        .join("bin/python")
}

/// One of our Python scripts, in `crates/testkit/py`.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("py").join(name)
}
