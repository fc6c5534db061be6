//! `guildhall`: the command line. One file a command.

mod commands;
mod database;
mod failure;
mod key;
mod logs;
mod mail;
mod memory;
mod settings;

use std::process::ExitCode;

use clap::Parser as _;

use crate::commands::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match commands::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}
