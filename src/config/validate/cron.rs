//! `cron(…)` as EventBridge reads it. EventBridge user guide, "Cron expressions reference".

use super::schedule::Fault;

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
    Field::of("minutes", 0, 59, &[], ""),
    Field::of("hours", 0, 23, &[], ""),
    Field::of("day of month", 1, 31, &[], "?LW"),
    Field::of("month", 1, 12, &MONTHS, ""),
    Field::of("day of week", 1, 7, &DAYS, "?L#"),
    Field::of("year", 1970, 2199, &[], ""),
];

/// What is wrong with the fields between the parentheses; they are repeated only if `is_shown`.
pub(super) fn fault(fields: &str, is_shown: bool) -> Option<Fault> {
    const HELP: &str = "write minutes, hours, day of month, month, day of week, year: \
                        `cron(0 12 * * ? *)`";
    let parts: Vec<&str> = fields.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Some((format!("has {} fields and needs 6", parts.len()), HELP));
    }
    let wrong = FIELDS
        .iter()
        .zip(&parts)
        .find(|(field, part)| !field.takes(part));
    if let Some((field, part)) = wrong {
        let part = if is_shown { part } else { "***" };
        return Some((format!("`{part}` cannot be the {}", field.name), HELP));
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
    const fn of(
        name: &'static str,
        least: u32,
        most: u32,
        words: &'static [&'static str],
        marks: &'static str,
    ) -> Self {
        Self {
            name,
            least,
            most,
            words,
            marks,
        }
    }

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
