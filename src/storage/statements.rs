//! Prepares every SQL statement of this layer on both engines: a misspelt column fails here, even without another test.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Executor as _, SqlSafeStr as _};

use super::testing::{TestDatabase, on_both_engines};

/// The first words of statements.
const VERBS: [&str; 5] = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "];
/// Fewer statements mean that the parser below missed some.
const AT_LEAST: usize = 250;

/// The statements in the constants of this layer's files: `file: statement`.
fn statements() -> Vec<(String, String)> {
    let room = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/storage");
    let mut files: Vec<_> = std::fs::read_dir(room).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let sources: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let code = |source: &'_ String| source.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
    let codes: Vec<String> = sources.iter().map(code).collect();
    let shared: Macros = codes.iter().flat_map(|code| macros(code)).collect();
    let mut found = Vec::new();
    for (file, code) in files.iter().zip(&codes) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        // A macro of the file itself comes before one of the same name elsewhere.
        let known = shared.clone().into_iter().chain(macros(code)).collect();
        let statements = constants(code, &known).into_iter().filter(|text| is_statement(text));
        found.extend(statements.map(|statement| (name.clone(), statement)));
    }
    found
}

fn is_statement(text: &str) -> bool {
    VERBS.iter().any(|verb| text.starts_with(verb))
}

/// The values of constants of type `&str`: a literal, or macros that join literals.
fn constants(code: &str, macros: &Macros) -> Vec<String> {
    let values = code.split(": &str =").skip(1);
    values.filter_map(|after| value(&mut Reader(after), macros, &BTreeMap::new())).collect()
}

/// The macros of a layer by name: the names of their parameters, and their body.
type Macros = BTreeMap<String, (Vec<String>, String)>;

/// The macros of a file that have one rule and are an expression.
fn macros(code: &str) -> Macros {
    let found = code.split("macro_rules! ").skip(1).filter_map(|after| {
        let (name, rule) = after.split_once(" {\n    (")?;
        let (parameters, body) = rule.split_once(") => {\n")?;
        let names = parameters.split('$').skip(1).filter_map(|parameter| Some(parameter.split_once(':')?.0.to_owned()));
        Some((name.to_owned(), (names.collect(), body.to_owned())))
    });
    found.collect()
}

/// Reads an expression from its beginning.
struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn take(&mut self, beginning: &str) -> bool {
        let rest = self.0.trim_start();
        let taken = rest.strip_prefix(beginning);
        self.0 = taken.unwrap_or(rest);
        taken.is_some()
    }

    fn name(&mut self) -> String {
        let rest = self.0.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.0 = &rest[end..];
        rest[..end].to_owned()
    }
}

/// The value of a literal, a parameter, `concat!` or a call of a macro; `None` for any other expression.
fn value(code: &mut Reader<'_>, macros: &Macros, parameters: &BTreeMap<String, String>) -> Option<String> {
    if code.take("\"") {
        let (value, rest) = literal(code.0);
        code.0 = rest;
        return Some(value);
    }
    if code.take("$") {
        return parameters.get(&code.name()).cloned();
    }
    let name = code.name();
    if !code.take("!(") {
        return None;
    }
    let mut arguments = Vec::new();
    while !code.take(")") {
        arguments.push(value(code, macros, parameters)?);
        code.take(",");
    }
    if name == "concat" {
        return Some(arguments.concat());
    }
    let (names, body) = macros.get(&name)?;
    value(&mut Reader(body), macros, &names.iter().cloned().zip(arguments).collect())
}

/// Parses a string literal up to its closing quote, and returns what follows; a backslash at the end of a line skips the
/// indent.
fn literal(source: &str) -> (String, &str) {
    let mut value = String::new();
    let mut rest = source.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        match c {
            '"' => return (value, &source[at + 1..]),
            '\\' => match rest.next() {
                Some((_, '\n')) => while rest.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                Some((_, escaped)) => value.push(escaped),
                None => break,
            },
            other => value.push(other),
        }
    }
    (value, "")
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
    assert_eq!(constants(code, &macros(code)), ["SELECT a FROM \"t\"", "UPDATE t"]);
}

#[test]
fn the_reader_of_statements_expands_macros_within_macros() {
    let code = "macro_rules! columns {\n    () => {\n        \"a, b\"\n    };\n}\n\
        macro_rules! t {\n    ($rest:literal, $more:literal) => {\n        concat!(\n            \"SELECT \",\n            \
        columns!(),\n            $rest,\n $more\n        )\n    };\n}\n\
        const A: &str = t!(\" FROM t\", \" WHERE b\");\nconst B: &str = concat!(\"UPDATE \", columns!());\n\
        const C: &str = other!(\"c\");";
    assert_eq!(constants(code, &macros(code)), ["SELECT a, b FROM t WHERE b", "UPDATE a, b"]);
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
