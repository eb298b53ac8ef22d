use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;
use crate::account::Account;
use crate::place::run;

/// A private authority and what it signed for a server, made by `openssl`.
#[derive(Clone, Debug)]
pub struct Certificates(PathBuf);

impl Certificates {
    /// Makes them in a folder whose server runs as that account.
    pub(crate) fn make(folder: &Path, account: Account) -> Result<Self, Error> {
        let made = Self(folder.join("tls"));
        fs::create_dir(&made.0).map_err(Error::system("make a folder"))?;
        made.sign_itself("authority", "a private authority")?;
        made.sign_itself("stranger", "another authority")?;
        made.sign_for_server()?;
        account.owns(&made.0)?;
        account.owns(&made.server_key())?;
        Ok(made)
    }

    /// The authority's certificate, by which clients know the server.
    pub fn authority(&self) -> PathBuf {
        self.0.join("authority.pem")
    }

    /// An authority's certificate that has not signed the server's.
    pub fn stranger(&self) -> PathBuf {
        self.0.join("stranger.pem")
    }

    /// The server's certificate. It is for `localhost`, and not for 127.0.0.1.
    pub(crate) fn server(&self) -> PathBuf {
        self.0.join("server.pem")
    }

    pub(crate) fn server_key(&self) -> PathBuf {
        self.0.join("server.key")
    }

    /// Makes a key and a certificate that outlast every test.
    fn certify(&self, arguments: &[&str]) -> Result<(), Error> {
        let mut openssl = Command::new("openssl");
        let openssl = openssl
            .args(["req", "-x509", "-newkey", "ec"])
            .args(["-pkeyopt", "ec_paramgen_curve:prime256v1"])
            .args(["-noenc", "-days", "2"])
            .args(arguments);
        run(openssl.current_dir(&self.0)).map(drop)
    }

    fn sign_itself(&self, name: &str, subject: &str) -> Result<(), Error> {
        self.certify(&[
            "-subj",
            &format!("/CN={subject}"),
            "-keyout",
            &format!("{name}.key"),
            "-out",
            &format!("{name}.pem"),
        ])
    }

    fn sign_for_server(&self) -> Result<(), Error> {
        self.certify(&[
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-CA",
            "authority.pem",
            "-CAkey",
            "authority.key",
            "-keyout",
            "server.key",
            "-out",
            "server.pem",
        ])
    }
}
