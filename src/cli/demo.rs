//! being built
use super::failure::CliError;
use crate::clock::Nature;
use crate::config::Loaded;
pub(super) async fn fill(_: &Loaded, _: Nature) -> Result<(), CliError> { Ok(()) }
