//! `cargo xtask rooms`: draws the imports between rooms, from the code, into `docs/rooms.svg`.
//!
//! The layers follow the import table of `src/lib.rs`, the arrows the imports of the code. The picture has no counts,
//! so that it changes only when a room starts or stops importing another.

mod imports;
mod layout;
mod svg;

use anyhow::{Context, Result, ensure};

use crate::workspace::Workspace;

/// The picture, inside the work tree.
const PICTURE: &str = "docs/rooms.svg";

/// Writes the picture, or with `check` only compares it with the code.
///
/// # Errors
/// When the sources cannot be read, the picture cannot be written, or with `check` the picture is older than the code.
pub fn draw(workspace: &Workspace, check: bool) -> Result<()> {
    let picture = render(workspace)?;
    let file = workspace.path(PICTURE);
    if check {
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        ensure!(kept == picture, "{PICTURE} is older than the code: run `cargo xtask rooms` and commit the picture");
        return Ok(());
    }
    std::fs::write(&file, picture).with_context(|| format!("cannot write {PICTURE}"))?;
    println!("{PICTURE} is written.");
    Ok(())
}

fn render(workspace: &Workspace) -> Result<String> {
    let rooms = imports::Rooms::read(&workspace.path("src"))?;
    Ok(svg::render(&rooms, &layout::Layout::of(&rooms)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_of_the_rooms_is_as_new_as_the_code() {
        draw(&Workspace::find().unwrap(), true).unwrap();
    }
}
