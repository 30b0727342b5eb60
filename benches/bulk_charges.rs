//! Writes exchange files of any size, for `cargo xtask bench import`: `bulk_charges FOLDER ACCOUNTS ROWS`.

use std::error::Error;
use std::path::Path;

use kabinet::demo_town::write_charges;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, accounts, rows] = arguments.as_slice() else {
        return Err("usage: bulk_charges FOLDER ACCOUNTS ROWS".into());
    };
    let files = write_charges(Path::new(folder), accounts.parse()?, rows.parse()?)?;
    println!("{}\n{}\n{}", files.providers.display(), files.accounts.display(), files.charges.display());
    Ok(())
}
