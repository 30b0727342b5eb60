//! `kabinet routes`: every method and pattern that the router serves, for the test that knocks at all of them. axum lists
//! them only in its `Debug` text.

use super::app;

/// Prints a line a route: method and pattern.
pub(super) fn print() {
    for (method, pattern) in listed(&format!("{:?}", app::screens_and_machines())) {
        println!("{method} {pattern}");
    }
}

/// The routes in the `Debug` text of a router: patterns by number, and what each number answers.
fn listed(debug: &str) -> Vec<(String, String)> {
    const ROUTE: &str = "RouteId(";
    let mut routes = Vec::new();
    let entries: Vec<(&str, &str)> = debug.split(ROUTE).skip(1).filter_map(|entry| entry.split_once("): ")).collect();
    for (number, entry) in &entries {
        let Some(methods) = entry.starts_with("MethodRouter").then(|| methods_of(entry)) else { continue };
        let pattern = entries.iter().find_map(|(of, entry)| {
            let quoted = entry.strip_prefix('"').filter(|_| of == number)?;
            quoted.split('"').next()
        });
        let Some(pattern) = pattern else { continue };
        routes.extend(methods.into_iter().map(|method| (method, pattern.to_owned())));
    }
    routes.sort();
    routes
}

/// What a route's own header of allowed methods says; HEAD is GET without a body.
fn methods_of(entry: &str) -> Vec<String> {
    let allowed = entry.split("allow_header: Bytes(b\"").nth(1).and_then(|rest| rest.split('"').next());
    allowed
        .unwrap_or_default()
        .split(',')
        .filter(|method| !method.is_empty() && *method != "HEAD")
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_of_every_room_are_listed_with_their_methods() {
        let routes = listed(&format!("{:?}", app::screens_and_machines()));
        for (method, pattern) in [
            ("GET", "/sign-in"),
            ("POST", "/sign-in"),
            ("POST", "/sign-out"),
            ("GET", "/accounts/{id}"),
            ("POST", "/console/pin-requests/{id}/approve"),
            ("POST", "/webhooks/yookassa"),
            ("GET", "/healthz"),
        ] {
            assert!(routes.contains(&(method.to_owned(), pattern.to_owned())), "{method} {pattern}: {routes:?}");
        }
        assert!(!routes.contains(&("GET".to_owned(), "/sign-out".to_owned())));
        assert!(routes.len() > 80, "{}", routes.len());
    }
}
