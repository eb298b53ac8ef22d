use std::env;

use super::host::Host;
use super::parameters::Parameters;
use super::{DatabaseUrlError, Engine};

/// How a connection is protected, from not at all to a certificate that is checked for the host's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    Disable,
    /// Not even tried by the driver, whatever the mode's name says.
    Allow,
    Prefer,
    /// With whoever answers: no certificate is looked at.
    Require,
    VerifyAuthority,
    VerifyHost,
}

use Encryption::*;

impl Encryption {
    /// Settles how a server is spoken to, and writes it into the parameters. Left to itself, the driver
    /// goes on in plain text where the server does not encrypt; that may be so on one machine, not
    /// over a network. `None` leaves the choice to it.
    ///
    /// # Errors
    /// When the mode is none, may end in plain text over a network without a word, or leaves the
    /// certificate of an authority unused.
    pub(super) fn settle(
        parameters: &mut Parameters,
        engine: Engine,
        host: &Host,
    ) -> Result<Option<Self>, DatabaseUrlError> {
        let words = Words::of(engine);
        let (given, text) = words.given(parameters);
        let over_network = !host.is_here();
        let authority = words.authority(parameters, over_network);
        let mode = text.map(|text| words.read(given, &text)).transpose()?;
        let mode = match (mode, authority) {
            // sqlx 0.9, `connection/tls.rs`, looks at it for the other two alone.
            (Some(Disable | Allow | Prefer | Require), Some(authority)) => {
                return Err(words.unused_authority(given, authority));
            }
            (Some(Allow | Prefer), _) if over_network => return Err(words.plain_text(given)),
            (None, Some(_)) => Some(VerifyHost),
            (None, _) if over_network => Some(Require),
            // MariaDB offers encryption at its socket, and hangs up on who accepts.
            (None, _) if engine == Engine::Mysql && host.is_socket() => Some(Disable),
            (mode, _) => mode,
        };
        if let Some(mode) = mode {
            parameters.set(words.parameter, words.name(mode));
        }
        Ok(mode)
    }
}

/// What an engine calls all this.
struct Words {
    parameter: &'static str,
    /// What stands for the parameter where it is missing.
    variable: Option<&'static str>,
    authority: &'static str,
    /// What stands for that where it is missing.
    authority_variable: Option<&'static str>,
    modes: &'static [(Encryption, &'static str)],
}

impl Words {
    fn of(engine: Engine) -> Self {
        match engine {
            Engine::Mysql => Self {
                parameter: "ssl-mode",
                variable: None,
                authority: "ssl-ca",
                authority_variable: None,
                modes: &[
                    (Disable, "DISABLED"),
                    (Prefer, "PREFERRED"),
                    (Require, "REQUIRED"),
                    (VerifyAuthority, "VERIFY_CA"),
                    (VerifyHost, "VERIFY_IDENTITY"),
                ],
            },
            _ => Self {
                parameter: "sslmode",
                variable: Some("PGSSLMODE"),
                authority: "sslrootcert",
                authority_variable: Some("PGSSLROOTCERT"),
                modes: &[
                    (Disable, "disable"),
                    (Allow, "allow"),
                    (Prefer, "prefer"),
                    (Require, "require"),
                    (VerifyAuthority, "verify-ca"),
                    (VerifyHost, "verify-full"),
                ],
            },
        }
    }

    /// What the driver would read, and where.
    fn given(&self, parameters: &Parameters) -> (&'static str, Option<String>) {
        let of_variable = |name| env::var(name).ok().map(|text| (name, Some(text)));
        match parameters.get(self.parameter) {
            Some(text) => (self.parameter, Some(text.to_owned())),
            None => self
                .variable
                .and_then(of_variable)
                .unwrap_or((self.parameter, None)),
        }
    }

    /// The certificate of an authority that the mode has to agree with. What the environment has is for servers elsewhere,
    /// and a mode in the URL goes over it.
    fn authority(&self, parameters: &Parameters, over_network: bool) -> Option<&'static str> {
        if parameters.get(self.authority).is_some() {
            return Some(self.authority);
        }
        let counts = over_network && parameters.get(self.parameter).is_none();
        let variable = self.authority_variable.filter(|_| counts)?;
        env::var_os(variable)
            .filter(|path| !path.is_empty())
            .map(|_| variable)
    }

    fn read(&self, given: &'static str, text: &str) -> Result<Encryption, DatabaseUrlError> {
        let mut modes = self.modes.iter();
        let mode = modes.find(|(_, name)| name.eq_ignore_ascii_case(text));
        mode.map(|(mode, _)| *mode)
            .ok_or_else(|| DatabaseUrlError::UnknownMode {
                given,
                known: self.modes.iter().map(|(_, name)| *name).collect(),
            })
    }

    fn name(&self, wanted: Encryption) -> &'static str {
        let mut modes = self.modes.iter();
        let mode = modes.find(|(mode, _)| *mode == wanted);
        mode.map(|(_, name)| *name).unwrap_or_default()
    }

    fn plain_text(&self, given: &'static str) -> DatabaseUrlError {
        DatabaseUrlError::PlainText {
            given,
            parameter: self.parameter,
            require: self.name(Require),
            verify: self.name(VerifyHost),
            disable: self.name(Disable),
        }
    }

    fn unused_authority(&self, given: &'static str, authority: &'static str) -> DatabaseUrlError {
        DatabaseUrlError::UnusedAuthority {
            given,
            parameter: self.parameter,
            authority,
            verify: self.name(VerifyHost),
        }
    }
}
