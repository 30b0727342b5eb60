//! The calendar format iCalendar (RFC 5545): all-day events with alarms, written for subscription by phones and calendar
//! services (docs/adr/0029).

use jiff::civil::Date;

use super::calendar::Moment;

/// Most octets of a line before its end (RFC 5545, section 3.1).
const MAX_OCTETS: usize = 75;
/// Who made the file.
const PRODUCT: &str = "-//Kabinet//Calendar of an account//RU";
/// How often a program should load the file again: once a day.
const REFRESH: &str = "P1D";
/// The hours of an alarm's first day that have not passed at 9 in the morning. An all-day event begins at midnight, and
/// nobody wants an alarm then.
const HOURS_LEFT_AT_NINE: u8 = 15;

/// An event of a whole day.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    /// The identifier by which a program finds the event again after a change.
    pub uid: String,
    /// The day.
    pub day: Date,
    /// The title.
    pub title: String,
    /// What to do.
    pub description: String,
    /// A page about it.
    pub url: String,
    /// How many days before the event a program should remind, at 9 in the morning; `None`: not at all.
    pub alarm_days_before: Option<u8>,
}

/// A calendar file of a name with events, as of a moment.
pub fn write(name: &str, events: &[Event], now: Moment) -> String {
    let mut file = File::default();
    file.raw("BEGIN", "VCALENDAR");
    file.raw("VERSION", "2.0");
    file.text("PRODID", PRODUCT);
    file.raw("CALSCALE", "GREGORIAN");
    file.raw("METHOD", "PUBLISH");
    // The standard's own names of the title and of the pause come from RFC 7986; older programs know the others.
    file.text("NAME", name);
    file.text("X-WR-CALNAME", name);
    file.raw("REFRESH-INTERVAL;VALUE=DURATION", REFRESH);
    file.raw("X-PUBLISHED-TTL", REFRESH);
    let stamp = now.machine().replace(['-', ':'], "");
    for event in events {
        file.event(event, &stamp);
    }
    file.raw("END", "VCALENDAR");
    file.0
}

/// The lines written so far.
#[derive(Default)]
struct File(String);

impl File {
    fn event(&mut self, event: &Event, stamp: &str) {
        let day = event.day;
        self.raw("BEGIN", "VEVENT");
        self.text("UID", &event.uid);
        self.raw("DTSTAMP", stamp);
        self.raw("DTSTART;VALUE=DATE", &format!("{:04}{:02}{:02}", day.year(), day.month(), day.day()));
        self.text("SUMMARY", &event.title);
        self.text("DESCRIPTION", &event.description);
        self.raw("URL", &event.url);
        // The day stays free for appointments.
        self.raw("TRANSP", "TRANSPARENT");
        if let Some(days) = event.alarm_days_before.and_then(|days| days.checked_sub(1)) {
            self.raw("BEGIN", "VALARM");
            self.raw("ACTION", "DISPLAY");
            self.text("DESCRIPTION", &event.title);
            self.raw("TRIGGER", &format!("-P{days}DT{HOURS_LEFT_AT_NINE}H"));
            self.raw("END", "VALARM");
        }
        self.raw("END", "VEVENT");
    }

    /// A property whose value is free text.
    fn text(&mut self, name: &str, value: &str) {
        self.raw(name, &escaped(value));
    }

    /// A property whose value has the form that the standard prescribes; control characters are dropped, so that no
    /// value begins a line of its own.
    fn raw(&mut self, name: &str, value: &str) {
        let mut line = String::with_capacity(name.len() + value.len() + 1);
        line.extend([name, ":"]);
        line.extend(value.chars().filter(|character| !character.is_control()));
        self.fold(&line);
    }

    /// Ends a line; a longer one goes on in lines that begin with a space.
    fn fold(&mut self, line: &str) {
        let mut octets = 0;
        for character in line.chars() {
            if octets + character.len_utf8() > MAX_OCTETS {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            self.0.push(character);
            octets += character.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// A free text with its special characters escaped (RFC 5545, section 3.3.11).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 27.11.2026 09:30:00 UTC.
    const NOW: Moment = Moment::from_micros(1_795_771_800_000_000);

    fn event(title: &str, day: Date) -> Event {
        Event {
            uid: "due-2026-11@lk.example.ru".to_owned(),
            day,
            title: title.to_owned(),
            description: title.to_owned(),
            url: "https://lk.example.ru/accounts/7".to_owned(),
            alarm_days_before: Some(3),
        }
    }

    /// The lines of a file with their continuations joined.
    fn unfolded(file: &str) -> Vec<String> {
        file.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
    }

    /// A free text as a program reads it.
    fn unescaped(value: &str) -> String {
        let mut read = String::new();
        let mut characters = value.chars();
        while let Some(character) = characters.next() {
            let escaped = if character == '\\' { characters.next() } else { None };
            match escaped {
                Some('n') => read.push('\n'),
                Some(escaped) => read.push(escaped),
                None => read.push(character),
            }
        }
        read
    }

    #[test]
    fn a_file_is_written_as_the_standard_prescribes() {
        let file = write("Газ, счёт …2345", &[event("Оплатить газ", Date::constant(2026, 12, 15))], NOW);
        let expected = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Kabinet//Calendar of an account//RU",
            "CALSCALE:GREGORIAN",
            "METHOD:PUBLISH",
            "NAME:Газ\\, счёт …2345",
            "X-WR-CALNAME:Газ\\, счёт …2345",
            "REFRESH-INTERVAL;VALUE=DURATION:P1D",
            "X-PUBLISHED-TTL:P1D",
            "BEGIN:VEVENT",
            "UID:due-2026-11@lk.example.ru",
            "DTSTAMP:20261127T093000Z",
            "DTSTART;VALUE=DATE:20261215",
            "SUMMARY:Оплатить газ",
            "DESCRIPTION:Оплатить газ",
            "URL:https://lk.example.ru/accounts/7",
            "TRANSP:TRANSPARENT",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            "DESCRIPTION:Оплатить газ",
            "TRIGGER:-P2DT15H",
            "END:VALARM",
            "END:VEVENT",
            "END:VCALENDAR",
        ];
        assert_eq!(unfolded(&file), expected);
    }

    #[test]
    fn an_event_without_an_alarm_has_none() {
        let silent =
            Event { alarm_days_before: None, ..event("Приём показаний", Date::constant(2028, 2, 29)) };
        let file = write("Газ", &[silent], NOW);
        assert!(file.contains("DTSTART;VALUE=DATE:20280229\r\n") && !file.contains("VALARM"), "{file}");
    }

    #[test]
    fn a_line_ends_inside_its_limit_at_every_length() {
        for length in 1..400 {
            let file = write(&"я".repeat(length), &[], NOW);
            let longest = file.split("\r\n").map(str::len).max().unwrap_or_default();
            assert!(longest <= MAX_OCTETS, "{length}: {longest}");
        }
    }

    proptest! {
        #[test]
        fn any_title_is_read_back_from_lines_of_the_allowed_length(title in "\\PC{0,300}(\n[\\PC,;\\\\]{0,300})?") {
            let file = write("Газ", &[event(&title, Date::constant(2026, 12, 15))], NOW);
            for line in file.split_terminator("\r\n") {
                prop_assert!(line.len() <= MAX_OCTETS && !line.contains(['\r', '\n']), "{:?}", line);
            }
            let lines = unfolded(&file);
            let read = lines.iter().find_map(|line| line.strip_prefix("SUMMARY:")).map(unescaped);
            prop_assert_eq!(read, Some(title));
        }

        #[test]
        fn no_text_adds_a_line(title in ".{0,80}", url in ".{0,80}") {
            let day = Date::constant(2026, 12, 15);
            let plain = unfolded(&write("Газ", &[event("", day)], NOW)).len();
            let odd = Event { url, ..event(&title, day) };
            prop_assert_eq!(unfolded(&write("Газ", &[odd], NOW)).len(), plain);
        }
    }
}
