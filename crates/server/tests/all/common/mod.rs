//! The real program on a data folder.

use std::path::Path;
use std::process::{Command, Output};

pub fn guildhall(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    command
        .args(arguments)
        .arg("--data")
        .arg(data)
        .env("GUILDHALL_METRICS_LISTEN", "off");
    command
}

pub fn run(data: &Path, arguments: &[&str]) -> Output {
    guildhall(data, arguments).output().expect("the program runs")
}
