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
    pub fn target(mut self, target: Target) -> Self {
        self.target = Some(target);
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

/// Rows, as people say it.
pub fn millions(rows: i64) -> String {
    match rows {
        1_000_000.. => format!("{} million", rows as f64 / 1e6),
        _ => rows.to_string(),
    }
}
