use crate::report::Report;

/// The summary.
pub fn summary(report: &Report, width: usize) -> String {
    format!("{:?} {width}", report.outcome)
}
