use clap::CommandFactory as _;

use super::Arguments;
use crate::failure::Outcome;

pub fn run(shell: clap_complete::Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "guildhall", &mut script);
    super::print(&script)
}
