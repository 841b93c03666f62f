//! `schedule`: expressions as EventBridge reads them. EventBridge user guide, "Cron expressions
//! reference" and "Rate expressions reference".

use super::Document;
use crate::config::{problem::Problem, tree::Path};

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A field of a cron expression.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    /// Words for its numbers, from `least`.
    words: &'static [&'static str],
    /// Marks besides `,`, `-`, `*` and `/`.
    marks: &'static str,
}

const FIELDS: [Field; 6] = [
    Field {
        name: "minutes",
        least: 0,
        most: 59,
        words: &[],
        marks: "",
    },
    Field {
        name: "hours",
        least: 0,
        most: 23,
        words: &[],
        marks: "",
    },
    Field {
        name: "day of month",
        least: 1,
        most: 31,
        words: &[],
        marks: "?LW",
    },
    Field {
        name: "month",
        least: 1,
        most: 12,
        words: &MONTHS,
        marks: "",
    },
    Field {
        name: "day of week",
        least: 1,
        most: 7,
        words: &DAYS,
        marks: "?L#",
    },
    Field {
        name: "year",
        least: 1970,
        most: 2199,
        words: &[],
        marks: "",
    },
];

pub(super) fn check(
    document: &Document<'_>,
    path: &Path,
    schedule: &str,
    problems: &mut Vec<Problem>,
) {
    let inner = |name| schedule.strip_prefix(name)?.strip_suffix(')');
    let fault = match (inner("rate("), inner("cron(")) {
        (Some(rate), _) => rate_fault(rate),
        (_, Some(cron)) => cron_fault(cron),
        // The schema says it.
        (None, None) => None,
    };
    let Some((label, help)) = fault else { return };
    problems.push(
        Problem::error(
            document.span(path),
            "EventBridge does not know this schedule",
        )
        .label(label)
        .help(help),
    );
}

type Fault = (String, &'static str);

fn rate_fault(rate: &str) -> Option<Fault> {
    const HELP: &str = "write a number and `minutes`, `hours` or `days`: `rate(5 minutes)`";
    let mut words = rate.split_whitespace();
    let (value, unit) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let number = value.parse::<u32>().unwrap_or_default();
    if number == 0 || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some((
            "must begin with a whole number of 1 or more".to_owned(),
            HELP,
        ));
    }
    let unit = unit.strip_suffix('s').unwrap_or(unit);
    let fits = matches!(unit, "minute" | "hour" | "day") && words.next().is_none();
    (!fits).then(|| {
        (
            "must have one unit: `minutes`, `hours` or `days`".to_owned(),
            HELP,
        )
    })
}

fn cron_fault(cron: &str) -> Option<Fault> {
    const HELP: &str = "write minutes, hours, day of month, month, day of week, year: \
                        `cron(0 12 * * ? *)`";
    let parts: Vec<&str> = cron.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Some((format!("has {} fields and needs 6", parts.len()), HELP));
    }
    let wrong = FIELDS
        .iter()
        .zip(&parts)
        .find(|(field, part)| !field.takes(part));
    if let Some((field, part)) = wrong {
        return Some((format!("`{part}` is no {}", field.name), HELP));
    }
    let any = |index: usize| parts.get(index) == Some(&"?");
    match (any(2), any(4)) {
        (true, true) => Some(("only one of the two days can be `?`".to_owned(), HELP)),
        (false, false) => {
            let label = "one of day of month and day of week must be `?`";
            Some((label.to_owned(), HELP))
        }
        _ => None,
    }
}

impl Field {
    fn takes(&self, part: &str) -> bool {
        if part == "?" {
            return self.marks.contains('?');
        }
        part.split(',').all(|item| self.takes_item(item))
    }

    /// A value, a range or all, perhaps every few.
    fn takes_item(&self, item: &str) -> bool {
        let (range, every) = item
            .split_once('/')
            .map_or((item, None), |(range, every)| (range, Some(every)));
        if every.is_some_and(|every| !every.parse::<u32>().is_ok_and(|it| it > 0)) {
            return false;
        }
        match range.split_once('-') {
            _ if range == "*" => true,
            // `L-3`: the third day before the last.
            Some(("L", before)) => self.marks.contains('W') && before.parse::<u32>().is_ok(),
            Some((from, to)) => self.number(from).is_some() && self.number(to).is_some(),
            None => self.takes_value(range),
        }
    }

    fn takes_value(&self, value: &str) -> bool {
        let ends = |mark: char| {
            value
                .strip_suffix(mark)
                .filter(|_| self.marks.contains(mark))
        };
        if let Some((day, which)) = value.split_once('#').filter(|_| self.marks.contains('#')) {
            return self.number(day).is_some()
                && which.parse::<u32>().is_ok_and(|it| (1..=5).contains(&it));
        }
        if let Some(day) = ends('L') {
            return day.is_empty() || self.number(day).is_some();
        }
        if let Some(day) = ends('W') {
            return day == "L" || self.number(day).is_some();
        }
        self.number(value).is_some()
    }

    fn number(&self, text: &str) -> Option<u32> {
        let upper = text.to_ascii_uppercase();
        let word = self.words.iter().position(|word| *word == upper);
        if word.is_some() {
            return Some(self.least);
        }
        let number = text
            .parse()
            .ok()
            .filter(|_| text.bytes().all(|it| it.is_ascii_digit()))?;
        (self.least..=self.most).contains(&number).then_some(number)
    }
}
