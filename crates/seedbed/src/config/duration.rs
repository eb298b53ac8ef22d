use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Far more than anybody waits for a database, and far less than what clocks and servers' timeouts
/// overflow at (MySQL and PostgreSQL: 2³¹ ms, 24 days).
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A time as the configuration writes it: a number of seconds, or a text such as `500ms`, `10s`, `2m`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "Written", into = "f64")]
pub(super) struct Seconds(pub(super) Duration);

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(f64),
    Text(String),
}

impl TryFrom<Written> for Seconds {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let seconds = match written {
            Written::Number(seconds) => Some(seconds),
            Written::Text(text) => parse(&text),
        };
        seconds
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .filter(|duration| *duration <= LONGEST)
            .map(Self)
            .ok_or("not a time of at most a day")
    }
}

impl From<Seconds> for f64 {
    fn from(seconds: Seconds) -> Self {
        seconds.0.as_secs_f64()
    }
}

impl From<Seconds> for Duration {
    fn from(seconds: Seconds) -> Self {
        seconds.0
    }
}

fn parse(text: &str) -> Option<f64> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit.trim() {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * seconds)
}

#[cfg(test)]
mod tests {
    use figment::value::Value;

    use super::*;

    #[test]
    fn a_time_is_a_number_of_seconds_or_a_text_with_a_unit() {
        let check = |written: &str, milliseconds: Option<u64>| {
            let value: Value = written.parse().expect("any text is a value");
            let seconds = value.deserialize::<Seconds>().ok();
            assert_eq!(
                seconds.map(|s| s.0),
                milliseconds.map(Duration::from_millis),
                "{written}"
            );
        };
        check("10", Some(10_000));
        check("0.5", Some(500));
        check("0", Some(0));
        check("500ms", Some(500));
        check("10s", Some(10_000));
        check("10 s", Some(10_000));
        check("1.5m", Some(90_000));
        check("24h", Some(86_400_000));
        check("25h", None);
        check("86401", None);
        check("-1", None);
        check("-1s", None);
        check("1e300", None);
        check("s", None);
        check("10 days", None);
        check("1.2.3s", None);
        check("true", None);
        check("", None);
    }
}
