//! The page is built by npm into `web/dist` and taken in by `rust-embed`. Where it was not built yet (a bare
//! `cargo check`), the folder has to exist all the same.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let page = Path::new(&root).join("../../web/dist");
    fs::create_dir_all(&page)?;
    println!("cargo::rerun-if-changed={}", page.display());
    Ok(())
}
