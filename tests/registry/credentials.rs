//! Credentials: how they are given, and where else they are found.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt as _, time::Instant};

use insta::assert_snapshot;
use scf::{
    error::{Diagnose, Failure},
    image::registry::{Credential, Credentials, Keychain, Registry, parse_auth},
};
use secrecy::ExposeSecret as _;

/// Registries, logins and secrets, in the clear.
fn clear(credentials: &Credentials) -> Vec<String> {
    let shown = credentials
        .registries()
        .map(|registry| match credentials.get(registry).unwrap() {
            Credential::Password { username, password } => {
                format!("{registry} {username} {}", password.expose_secret())
            }
            Credential::IdentityToken(token) => {
                format!("{registry} token {}", token.expose_secret())
            }
        });
    shown.collect()
}

fn parsed(input: &str) -> Vec<String> {
    clear(&parse_auth(&input.into()).unwrap())
}

#[test]
fn the_three_forms_of_the_input_are_read() {
    let both = ["docker.io me p=a:s", "ghcr.io bot t"];
    assert_eq!(
        parsed("ghcr.io=bot:t\n\n# Docker Hub\n  https://index.docker.io/v1/ = me:p=a:s  \n"),
        both
    );
    assert_eq!(
        parsed(
            "- username: me\n  password: p=a:s\n- registry: ghcr.io\n  username: bot\n  password: t\n"
        ),
        both
    );
    assert_eq!(
        parsed(
            r#"{"auths": {"ghcr.io": {"auth": "Ym90OnQ="}, "https://index.docker.io/v1/": {"username": "me", "password": "p=a:s"}}}"#
        ),
        both
    );
    assert_eq!(
        parsed(r#"{"auths": {"a.io": {"auth": "eDp5", "identitytoken": "refresh"}}}"#),
        ["a.io token refresh"]
    );
    assert_eq!(parsed(""), [""; 0]);
    assert_eq!(parsed("127.0.0.1:5000=a:b"), ["127.0.0.1:5000 a b"]);
}

#[test]
fn what_is_wrong_with_the_input_is_said_without_repeating_it() {
    let wrong = [
        "ghcr.io=bot:s3cret\nghcr.io",
        "ghcr.io=s3cret",
        "ghcr.io=:s3cret",
        "s3 cret=a:b",
        "- registry: ghcr.io\n  username: s3cret",
        "- username: a\n  password: 0123",
        "- [s3cret",
        "{ s3cret",
        r#"{"auths": {"ghcr.io": {}}}"#,
    ];
    let told = wrong
        .map(|input| Failure::from(parse_auth(&input.into()).unwrap_err()).to_string())
        .join("\n");
    assert!(!told.contains("s3cret"), "{told}");
    assert_snapshot!(told, @"
    registry-auth cannot be read: line 2 has no `=`
    registry-auth cannot be read: line 1 has no `:` between user and password
    registry-auth cannot be read: line 1 has no user name, or no password
    registry-auth cannot be read: line 1 does not begin with a registry
    registry-auth cannot be read: item 1 has no user name, or no password
    registry-auth cannot be read: item 1 has a value that YAML does not take for text: put it in quotes
    registry-auth cannot be read: the list is no valid YAML
    registry-auth cannot be read: the JSON is not that of Docker's config.json
    registry-auth cannot be read: the JSON has a registry without `auth`, and helpers are not asked
    ");
    let error = parse_auth(&"x".into()).unwrap_err();
    assert_snapshot!(format!("{:?} {}", error.class(), error.hint().unwrap()), @"Config write one `registry=user:password` a line, a YAML list of `registry`, `username` and `password`, or the JSON of Docker's config.json with its `auths`");
}

#[test]
fn no_secret_is_printed() {
    let credentials = parse_auth(&"ghcr.io=bot:s3cret".into()).unwrap();
    let keychain = Keychain::new(credentials.clone(), BTreeMap::new());
    let printed = format!("{credentials:?} {keychain:?}");
    assert!(!printed.contains("s3cret"), "{printed}");
}

/// A folder for `DOCKER_CONFIG`, and helpers in a folder for `PATH`.
struct Machine(tempfile::TempDir);

impl Machine {
    fn with(config: &str) -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        fs::write(machine.0.path().join("config.json"), config).unwrap();
        machine
    }

    fn helper(self, name: &str, script: &str) -> Self {
        let path = self.0.path().join(format!("docker-credential-{name}"));
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn keychain(&self, given: &str) -> Keychain {
        let folder = self.0.path().to_str().unwrap();
        let path = format!("{folder}:{}", std::env::var("PATH").unwrap());
        let environment = [("DOCKER_CONFIG", folder.to_owned()), ("PATH", path)];
        let environment = environment.map(|(name, value)| (name.to_owned(), value));
        Keychain::new(parse_auth(&given.into()).unwrap(), environment.into())
    }

    fn shown(&self, text: &str) -> String {
        text.replace(self.0.path().to_str().unwrap(), "/config")
    }
}

/// Prints what it is asked for as the user's name.
const ECHO: &str = r#"[ "$1" = get ] || exit 1
printf '{"ServerURL": "x", "Username": "%s", "Secret": "kept"}' "$(cat)""#;

#[tokio::test]
async fn docker_s_own_configuration_comes_after_what_is_given() {
    let machine = Machine::with(
        r#"{"auths": {"https://index.docker.io/v1/": {"auth": "aHViOnB3"}, "ghcr.io": {"auth": "ZmlsZTpwdw=="}, "kept.io": {}},
            "credsStore": "store", "credHelpers": {"own.io": "own"}}"#,
    );
    let machine = machine.helper("store", ECHO).helper("own", ECHO);
    let keychain = machine.keychain("ghcr.io=given:pw");
    assert_eq!(keychain.warnings().await, [""; 0]);
    assert_eq!(
        clear(keychain.credentials().await),
        [
            "docker.io hub pw",
            "ghcr.io given pw",
            "kept.io kept.io kept",
            "own.io own.io kept"
        ]
    );
    let own = keychain.find(&Registry::parse("own.io").unwrap()).await;
    assert!(own.is_some());
    assert!(
        keychain
            .find(&Registry::parse("other.io").unwrap())
            .await
            .is_none()
    );
}

#[tokio::test]
async fn a_helper_that_does_not_help_is_a_warning() {
    let machine = Machine::with(
        r#"{"credHelpers": {"a.io": "absent", "b.io": "broken", "c.io": "none", "d.io": "../path", "e.io": "odd", "f.io": "token"}}"#,
    );
    let machine = machine
        .helper("broken", "echo s3cret; exit 3")
        .helper(
            "none",
            "echo 'credentials not found in native keychain'; exit 1",
        )
        .helper("odd", "echo s3cret")
        .helper(
            "token",
            r#"echo '{"Username": "<token>", "Secret": "refresh"}'"#,
        );
    let keychain = machine.keychain("");
    let warnings = keychain.warnings().await;
    assert_eq!(clear(keychain.credentials().await), ["f.io token refresh"]);
    // Each is told once, however many images are built.
    assert_eq!(keychain.warnings().await, [""; 0]);
    assert_snapshot!(machine.shown(&warnings.join("\n")), @"
    docker-credential-absent gives no credentials for a.io: No such file or directory (os error 2)
    docker-credential-broken gives no credentials for b.io: exit status: 3
    docker-credential-../path is not the name of a credential helper
    docker-credential-odd gives no credentials for e.io: its answer cannot be read
    ");
}

#[tokio::test]
async fn a_helper_that_hangs_is_given_up() {
    let machine = Machine::with(r#"{"credHelpers": {"a.io": "slow", "b.io": "slow"}}"#)
        .helper("slow", "exec sleep 60");
    let began = Instant::now();
    let keychain = machine.keychain("");
    assert_eq!(keychain.warnings().await.len(), 2);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_configuration_that_cannot_be_read_is_a_warning() {
    let machine = Machine::with("{ s3cret");
    let keychain = machine.keychain("ghcr.io=a:b");
    let warnings = keychain.warnings().await;
    assert_eq!(clear(keychain.credentials().await), ["ghcr.io a b"]);
    assert_snapshot!(machine.shown(&warnings.join("\n")), @"/config/config.json is not a valid config.json of Docker");
    let nowhere = Keychain::new(
        Credentials::default(),
        BTreeMap::from([("HOME".to_owned(), "/nowhere".to_owned())]),
    );
    assert_eq!(nowhere.warnings().await, [""; 0]);
}
