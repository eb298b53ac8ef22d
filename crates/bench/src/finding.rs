use std::fmt::{self, Display};

use crate::measure::Samples;

/// What a measurement has to keep to.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    AtMost(f64),
    AtLeast(f64),
}

/// One line of the table.
pub struct Finding {
    what: String,
    unit: &'static str,
    measured: Samples,
    /// What it is judged by, where that is not what was measured itself.
    ratio: Option<(&'static str, Samples)>,
    target: Option<Target>,
}

/// Something that took time.
pub fn seconds(what: impl Into<String>, took: &Samples) -> Finding {
    Finding::new(what, took.clone(), "s")
}

impl Finding {
    /// Something measured, with its unit. Without a target it is there to be known.
    pub fn new(what: impl Into<String>, measured: Samples, unit: &'static str) -> Self {
        Self {
            what: what.into(),
            unit,
            measured,
            ratio: None,
            target: None,
        }
    }

    /// Judges by a ratio instead, and says of what.
    pub fn ratio(mut self, of: &'static str, ratio: Samples) -> Self {
        self.ratio = Some((of, ratio));
        self
    }

    /// Sets what has to be kept to.
    pub fn target(mut self, target: impl Into<Option<Target>>) -> Self {
        self.target = target.into();
        self
    }

    fn verdict(&self) -> &'static str {
        let judged = match &self.ratio {
            Some((_, ratio)) => ratio.median(),
            None => self.measured.median(),
        };
        match self.target {
            None => "",
            Some(Target::AtMost(limit)) if judged <= limit => "met",
            Some(Target::AtLeast(limit)) if judged >= limit => "met",
            Some(_) => "**not met**",
        }
    }

    fn ratio_text(&self) -> String {
        let Some((of, ratio)) = &self.ratio else {
            return String::new();
        };
        let (least, greatest) = ratio.range();
        let [median, least, greatest] = [ratio.median(), least, greatest].map(digits);
        format!("{of}: {median} ({least}–{greatest})")
    }

    fn target_text(&self) -> String {
        let unit = if self.ratio.is_some() {
            "×"
        } else {
            self.unit
        };
        match self.target {
            None => String::new(),
            Some(Target::AtMost(limit)) => format!("≤ {limit} {unit}"),
            Some(Target::AtLeast(limit)) => format!("≥ {limit} {unit}"),
        }
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, greatest) = self.measured.range();
        let [median, least, greatest] = [self.measured.median(), least, greatest].map(digits);
        let (what, unit, verdict) = (&self.what, self.unit, self.verdict());
        let (ratio, target) = (self.ratio_text(), self.target_text());
        write!(
            f,
            "| {what} | {median} {unit} | {least}–{greatest} | {ratio} | {target} | {verdict} |"
        )
    }
}

/// Three digits that count.
fn digits(number: f64) -> String {
    let decimals = 2.0 - number.abs().log10().floor();
    format!("{number:.*}", decimals.clamp(0.0, 4.0) as usize)
}

/// A number of rows, as people say it.
pub fn millions(rows: i64) -> String {
    match rows {
        1_000_000.. => format!("{} million", rows as f64 / 1e6),
        1_000.. => format!("{},{:03}", rows / 1_000, rows % 1_000),
        _ => rows.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(finding: Finding, expected: &str) {
        assert_eq!(finding.to_string(), expected);
    }

    fn samples<const N: usize>(samples: [f64; N]) -> Samples {
        Samples::new(samples.to_vec())
    }

    #[test]
    fn rows_are_counted_as_people_do() {
        for (rows, expected) in [(30, "30"), (21_000, "21,000"), (1_400_000, "1.4 million")] {
            assert_eq!(millions(rows), expected);
        }
    }

    #[test]
    fn a_line_is_judged_by_its_median_or_its_ratio() {
        let memory = || Finding::new("memory", samples([60.0, 64.0, 70.0]), "MB");
        check(memory(), "| memory | 64.0 MB | 60.0–70.0 |  |  |  |");
        check(
            memory().target(Target::AtMost(64.0)),
            "| memory | 64.0 MB | 60.0–70.0 |  | ≤ 64 MB | met |",
        );
        check(
            memory().target(Target::AtLeast(65.0)),
            "| memory | 64.0 MB | 60.0–70.0 |  | ≥ 65 MB | **not met** |",
        );
        check(
            memory()
                .ratio("a ÷ b", samples([1.0, 1.5, 2.0]))
                .target(Target::AtMost(1.4)),
            "| memory | 64.0 MB | 60.0–70.0 | a ÷ b: 1.50 (1.00–2.00) | ≤ 1.4 × | **not met** |",
        );
    }
}
