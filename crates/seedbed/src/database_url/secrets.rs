use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The passwords and keys of a URL, in every spelling in which a driver may repeat them.
#[derive(Clone, Default)]
pub(super) struct Secrets {
    /// The longest first, so that none is left over beside a shorter one within it.
    spellings: Vec<String>,
}

impl Secrets {
    /// Those in several writings of one URL.
    pub(super) fn in_urls<'a>(urls: impl IntoIterator<Item = &'a str>) -> Self {
        let mut spellings: Vec<String> = urls
            .into_iter()
            .flat_map(passwords)
            .flat_map(spellings)
            .collect();
        spellings.retain(|spelling| !spelling.is_empty());
        spellings.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        spellings.dedup();
        Self { spellings }
    }

    /// The text with `***` in the place of each.
    pub(super) fn redact(&self, text: &str) -> String {
        let hide = |text: String, secret: &String| text.replace(secret, "***");
        let redacted = self.spellings.iter().fold(text.to_owned(), hide);
        // A password of asterisks would stand in the redacted text again.
        if self
            .spellings
            .iter()
            .any(|secret| redacted.contains(secret))
        {
            return "…".into();
        }
        redacted
    }
}

/// The passwords as the URL writes them: of its user, and of its parameters, where a key may stand
/// that is a file's text and not its path.
fn passwords(url: &str) -> Vec<&str> {
    let rest = url.split_once("//").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    let of_user = user.split_once(':').map(|(_, password)| password);

    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let parameters = query
        .split('&')
        .filter_map(|parameter| parameter.split_once('='));
    let of_parameters = parameters
        .filter(|(name, _)| is_secret(&percent_decode_str(name).decode_utf8_lossy()))
        .map(|(_, password)| password);
    of_user.into_iter().chain(of_parameters).collect()
}

fn is_secret(parameter: &str) -> bool {
    parameter.contains("pass") || parameter.contains("key")
}

fn spellings(written: &str) -> Vec<String> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    // A `+` is a space in a parameter, and itself elsewhere.
    let mut spellings = vec![
        written.into(),
        decode(written),
        decode(&written.replace('+', " ")),
    ];
    for plain in spellings.clone() {
        spellings.push(utf8_percent_encode(&plain, NON_ALPHANUMERIC).to_string());
        spellings.push(plain.escape_debug().to_string());
    }
    spellings
}
