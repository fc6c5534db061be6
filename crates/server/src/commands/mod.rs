mod account;
mod backup;
mod code;
mod completions;
mod conditions;
mod connector;
mod demo;
mod doctor;
mod domain;
mod factors;
mod group;
mod import;
mod invite_rule;
mod kiosk;
mod migrate;
mod openapi;
mod restore;
mod serve;
mod sso;
mod sso_require;
mod supervisor;
mod sync;
mod token;
mod workplace;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::failure::{Failure, Outcome};
use crate::settings::Settings;

/// The front door of an organisation's community: who is in it, how they get in, and what they may do.
#[derive(Parser, Debug)]
#[command(name = "guildhall", version, propagate_version = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What every command that works on the data takes.
#[derive(Args, Debug, Default)]
pub struct Place {
    /// The folder that holds the data [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A file of settings, in TOML
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Start the server
    Serve {
        #[command(flatten)]
        place: Place,
        /// Where to listen, as ADDRESS:PORT [default: 127.0.0.1:8080]
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
    },
    /// Open and list workplaces
    #[command(subcommand)]
    Workplace(workplace::Workplaces),
    /// Make, list and end API tokens
    #[command(subcommand)]
    Token(token::Tokens),
    /// Connect identity providers by SCIM, and see what they do
    #[command(subcommand)]
    Connector(connector::Connectors),
    /// Add, verify and list e-mail domains
    #[command(subcommand)]
    Domain(domain::Domains),
    /// Let people log in by the identity provider of the organisation (SAML 2.0)
    #[command(subcommand)]
    Sso(sso::SingleSignOn),
    /// List groups, and say who belongs into them by their profile
    #[command(subcommand)]
    Group(group::Groups),
    /// Make rules that invite people by themselves, and see what they would do
    #[command(subcommand)]
    InviteRule(invite_rule::InviteRules),
    /// Take a people file in, also while the server runs
    Import(import::Import),
    /// Read a directory now; or, with --to, inside its network, and push it to a server
    Sync(sync::Sync),
    /// Show a person, or do something to them
    #[command(subcommand)]
    Account(account::Accounts),
    /// Let people without an e-mail address in, by access codes
    #[command(subcommand)]
    Code(code::Codes),
    /// Make, list and end shared devices on which many log in
    #[command(subcommand)]
    Kiosk(kiosk::Kiosks),
    /// Say who looks after whom
    #[command(subcommand)]
    Supervisor(supervisor::Supervisors),
    /// Make a company of 2,000 people to look around in, in a data folder that has no workplace yet
    Demo(demo::Demo),
    /// Bring the database up to this program's schema; `serve` does so by itself
    Migrate {
        #[command(flatten)]
        place: Place,
    },
    /// Write one consistent copy of the SQLite database to a new file, also while the server runs
    Backup {
        /// The file to write; one that exists is never overwritten
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Replace all data by what is in a backup, also while the server runs
    Restore {
        /// A file that `guildhall backup` wrote
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Print the description of the API, as OpenAPI 3.1 in JSON
    Openapi,
    /// Look whether all is well: settings, data folder, database
    Doctor {
        #[command(flatten)]
        place: Place,
    },
    /// Print the script that completes this command line in a shell
    Completions { shell: clap_complete::Shell },
}

/// Does what was asked.
pub fn run(arguments: Arguments) -> Outcome {
    match arguments.command {
        Command::Openapi => openapi::run(),
        Command::Completions { shell } => completions::run(shell),
        Command::Serve { place, listen } => {
            crate::memory::keep_small();
            let settings = Settings::load(place.config.as_deref(), place.data, listen)?;
            crate::logs::start(settings.log);
            wait_for(serve::run(settings))
        }
        Command::Workplace(command) => wait_for(workplace::run(command)),
        Command::Token(command) => wait_for(token::run(command)),
        Command::Connector(command) => wait_for(connector::run(command)),
        Command::Domain(command) => wait_for(domain::run(command)),
        Command::Sso(command) => wait_for(sso::run(command)),
        Command::Group(command) => wait_for(group::run(command)),
        Command::InviteRule(command) => wait_for(invite_rule::run(command)),
        Command::Import(command) => wait_for(import::run(command)),
        Command::Sync(sync) => wait_for(sync::run(sync)),
        Command::Account(command) => wait_for(account::run(command)),
        Command::Code(command) => wait_for(code::run(command)),
        Command::Kiosk(command) => wait_for(kiosk::run(command)),
        Command::Supervisor(command) => wait_for(supervisor::run(command)),
        Command::Demo(demo) => wait_for(demo::run(demo)),
        Command::Migrate { place } => wait_for(migrate::run(place.settings()?)),
        Command::Backup { file, place } => wait_for(backup::run(place.settings()?, file)),
        Command::Restore { file, place } => wait_for(restore::run(place.settings()?, file)),
        Command::Doctor { place } => wait_for(doctor::run(place.settings()?)),
    }
}

impl Place {
    fn settings(&self) -> Outcome<Settings> {
        Settings::load(self.config.as_deref(), self.data.clone(), None)
    }
}

/// The stack of each worker. Two megabytes, tokio's own measure, were too few for what a list on PostgreSQL calls one within
/// the other, where that is built with few optimisations (`make run`). What is not used takes no memory.
const STACK: usize = 16 * 1024 * 1024;

/// Statements of SQLite run on the workers, of which so many may be at one at the same time (four read, one writes): as many
/// again as there are processors are left for everything else.
const AT_THE_DATABASE: usize = 5;

fn wait_for(work: impl Future<Output = Outcome>) -> Outcome {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(processors + AT_THE_DATABASE)
        .thread_stack_size(STACK)
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("The system gave no threads to work with: {error}")))?
        .block_on(work)
}

/// Prints an answer for a script.
fn print_json(answer: &serde_json::Value) -> Outcome {
    print(format!("{answer}\n").as_bytes())
}

/// Prints what a command was asked for, as it is.
fn print(text: &[u8]) -> Outcome {
    let mut out = std::io::stdout().lock();
    out.write_all(text)
        .and_then(|()| out.flush())
        .map_err(|error| Failure::failed(format!("Could not write it out: {error}")))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        super::Arguments::command().debug_assert();
    }
}
