//! Prepares every SQL statement of this layer on both engines: a misspelt column fails here, even without another test.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Executor as _, SqlSafeStr as _};

use super::testing::{TestDatabase, on_both_engines};

/// The first words of statements.
const VERBS: [&str; 5] = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "];
/// Fewer statements mean that the parser below missed some.
const AT_LEAST: usize = 80;

/// The statements in the constants of this layer's files: `file: statement`.
fn statements() -> Vec<(String, String)> {
    let room = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/storage");
    let mut files: Vec<_> = std::fs::read_dir(room).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let source = std::fs::read_to_string(&file).unwrap();
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        found.extend(constants(code).filter(|text| is_statement(text)).map(|statement| (name.clone(), statement)));
    }
    found
}

fn is_statement(text: &str) -> bool {
    VERBS.iter().any(|verb| text.starts_with(verb))
}

/// The values of constants of type `&str`: a literal, or a macro of the same file that prepends its text to a literal.
fn constants(code: &str) -> impl Iterator<Item = String> {
    let beginnings = beginnings(code);
    code.split(": &str =").skip(1).filter_map(move |after| {
        let (name, rest) = after.split_once('"')?;
        let beginning = match name.trim() {
            "" => "",
            name => beginnings.get(name.strip_suffix("!(")?)?.as_str(),
        };
        Some(beginning.to_owned() + &literal(rest))
    })
}

/// The text that each macro of a file prepends to its literal.
fn beginnings(code: &str) -> BTreeMap<String, String> {
    let macros = code.split("macro_rules! ").skip(1).filter_map(|after| {
        let (name, body) = after.split_once(" {\n    ($rest:literal) => {\n        concat!(")?;
        Some((name.to_owned(), literal(body.trim_start().strip_prefix('"')?)))
    });
    macros.collect()
}

/// Parses a string literal up to its closing quote; a backslash at the end of a line skips the indent.
fn literal(source: &str) -> String {
    let mut value = String::new();
    let mut rest = source.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => break,
            '\\' => match rest.next() {
                Some('\n') => while rest.next_if(|c| c.is_whitespace()).is_some() {},
                Some(escaped) => value.push(escaped),
                None => break,
            },
            other => value.push(other),
        }
    }
    value
}

#[test]
fn no_limit_is_a_bare_parameter_or_sqlite_compiles_the_statement_each_time() {
    let bare = |(_, statement): &(String, String)| statement.contains("LIMIT $");
    assert_eq!(statements().into_iter().find(bare), None);
}

#[test]
fn the_reader_of_statements_reads_a_literal_over_two_lines() {
    let code =
        "const A: &str = \"SELECT a \\\n     FROM \\\"t\\\"\";\nconst B: &str =\n    \"UPDATE t\";\nconst C: i64 = 1;";
    assert_eq!(constants(code).collect::<Vec<_>>(), ["SELECT a FROM \"t\"", "UPDATE t"]);
}

#[test]
fn the_reader_of_statements_puts_a_macros_columns_before_its_literal() {
    let code = "macro_rules! t {\n    ($rest:literal) => {\n        concat!(\n            \"SELECT a FROM t \",\n            $rest\n        \
                )\n    };\n}\nconst A: &str = t!(\"WHERE b\");\nconst B: &str = other!(\"c\");";
    assert_eq!(constants(code).collect::<Vec<_>>(), ["SELECT a FROM t WHERE b"]);
}

on_both_engines! {
    async fn every_statement_is_understood(database: TestDatabase) {
        let statements = statements();
        assert!(statements.len() >= AT_LEAST, "only {} were found", statements.len());
        let mut connection = database.database.read().await.unwrap();
        let mut faults = Vec::new();
        for (file, statement) in statements {
            let prepared = (&mut *connection).prepare(AssertSqlSafe(statement.clone()).into_sql_str()).await;
            faults.extend(prepared.err().map(|error| format!("{file}: {statement}\n  {error}")));
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
