//! A process that works is killed (SIGKILL) at random moments, over and over. Afterwards nothing is half done, nothing
//! is lost and nothing was done twice. `GUILDHALL_KILLS` says how often; 50 if it is unset.

mod letters;
mod lists;
mod worker;
