//! being built
use super::failure::CliError;
use crate::clock::Nature;
use crate::config::Config;
#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {}
pub(super) async fn import(_: &Config, _: &ImportArgs, _: Nature) -> Result<(), CliError> { Ok(()) }
