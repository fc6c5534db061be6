use clap::CommandFactory as _;

use super::Arguments;
use crate::failure::Outcome;

pub fn run(shell: clap_complete::Shell) -> Outcome {
    clap_complete::generate(
        shell,
        &mut Arguments::command(),
        "guildhall",
        &mut std::io::stdout(),
    );
    Ok(())
}
