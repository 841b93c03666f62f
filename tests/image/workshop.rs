//! A build context of its own for each test, and images that go away with it.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use bollard::{
    models::{ImageHistoryResponseItem, ImageInspect},
    query_parameters::RemoveImageOptionsBuilder,
};
use camino::{Utf8Path, Utf8PathBuf};
use futures::StreamExt;
use scf::{
    error::Failure,
    image::{
        BuildError, BuildRequest, BuildSettings, Builder, Connection, ImageId, build, connect,
        connect_to, registry::Credentials,
    },
    source::{BuildSource, DockerfileSource, Surroundings, read},
};

pub const BUILDERS: [Builder; 2] = [Builder::Newest, Builder::Classic];

pub struct Workshop {
    pub docker: Connection,
    folder: tempfile::TempDir,
    tag: String,
    lines: Mutex<Vec<String>>,
}

impl Workshop {
    pub async fn new(dockerfile: &str) -> Self {
        let docker = connect().await;
        Self::with(
            docker.expect("these tests need a running Docker Engine"),
            dockerfile,
        )
    }

    /// One that builds at an engine of its own.
    pub async fn at(host: &str, dockerfile: &str) -> Self {
        Self::with(connect_to(host).await.unwrap(), dockerfile)
    }

    fn with(docker: Connection, dockerfile: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let tag = format!("scf-image-test-{}-{number}:tag", std::process::id());
        let folder = tempfile::tempdir().unwrap();
        let workshop = Self {
            docker,
            folder,
            tag,
            lines: Mutex::default(),
        };
        // Steps that two workshops had in common would go when the first of them does.
        workshop.write("Dockerfile", format!("{dockerfile}\n# {}\n", workshop.tag));
        workshop
    }

    pub fn tag(&self) -> &str {
        &self.tag
    }

    pub fn root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).unwrap()
    }

    pub fn path(&self, path: &str) -> Utf8PathBuf {
        self.root().join(path)
    }

    pub fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    /// Puts the test program into the context, as `app`.
    pub fn add_program(&self) {
        fs::copy(program(), self.path("app")).unwrap();
        // What follows a program is no part of it, and makes its layer this workshop's own.
        let mut app = fs::OpenOptions::new()
            .append(true)
            .open(self.path("app"))
            .unwrap();
        app.write_all(self.tag.as_bytes()).unwrap();
    }

    pub fn source(&self) -> BuildSource {
        BuildSource {
            context: self.root().to_owned(),
            dockerfile: DockerfileSource::Path(self.path("Dockerfile")),
            // No step may come from the cache of an earlier run.
            args: BTreeMap::from([("CACHE_BUST".to_owned(), self.tag.clone())]),
            labels: BTreeMap::new(),
            target: None,
            platform: None,
            surroundings: Surroundings::default(),
        }
    }

    pub fn request(&self, source: &BuildSource, builder: Builder) -> BuildRequest {
        BuildRequest {
            tag: self.tag.clone(),
            source: read(source).unwrap(),
            labels: BTreeMap::from([("scf.test".to_owned(), "yes".to_owned())]),
            builder,
            credentials: Credentials::default(),
            cache: None,
            settings: BuildSettings::default(),
        }
    }

    pub async fn build(
        &self,
        source: &BuildSource,
        builder: Builder,
    ) -> Result<ImageId, BuildError> {
        self.run(&self.request(source, builder)).await
    }

    pub async fn run(&self, request: &BuildRequest) -> Result<ImageId, BuildError> {
        let log = |line: &str| self.lines.lock().unwrap().push(line.to_owned());
        build(&self.docker, request, &log).await
    }

    /// The lines of the log until now.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    pub async fn inspect(&self) -> ImageInspect {
        self.docker.inspect_image(&self.tag).await.unwrap()
    }

    /// `docker history`.
    pub async fn history(&self) -> Vec<ImageHistoryResponseItem> {
        let history = self.docker.image_history(&self.tag).await;
        history.unwrap()
    }

    /// `docker save`: all layers and the configuration.
    pub async fn export(&self) -> Vec<u8> {
        let mut saved = Vec::new();
        let mut stream = std::pin::pin!(self.docker.export_image(&self.tag));
        while let Some(chunk) = stream.next().await {
            saved.extend_from_slice(&chunk.unwrap());
        }
        saved
    }

    /// Paths and modes of all files in the image's layers, sorted.
    pub async fn contents(&self) -> Vec<(Vec<u8>, u32)> {
        let saved = self.export().await;
        let mut found = Vec::new();
        let mut archive = tar::Archive::new(saved.as_slice());
        for layer in archive.entries().unwrap() {
            let layer = layer.unwrap();
            if layer
                .path()
                .unwrap()
                .extension()
                .is_some_and(|extension| extension == "tar")
            {
                for entry in tar::Archive::new(layer).entries().unwrap() {
                    let entry = entry.unwrap();
                    let path = entry.path_bytes();
                    let path = path.strip_suffix(b"/").unwrap_or(&path).to_vec();
                    found.push((path, entry.header().mode().unwrap() & 0o7777));
                }
            }
        }
        found.sort();
        found
    }

    /// The paths of [`Self::contents`] as text.
    pub async fn paths(&self) -> Vec<String> {
        let contents = self.contents().await.into_iter();
        contents
            .map(|(path, _)| String::from_utf8(path).unwrap())
            .collect()
    }

    /// An error as the user sees it, without what differs between runs.
    pub fn show(&self, error: BuildError) -> String {
        let error = Failure::from(error);
        let detail = error
            .detail()
            .map(|detail| format!("{detail}\n"))
            .unwrap_or_default();
        let hint = error
            .hint()
            .map(|hint| format!("\nhint: {hint}"))
            .unwrap_or_default();
        let shown = format!("{detail}error: {error}{hint}\nclass: {:?}", error.class());
        shown
            .replace(&self.tag, "api:tag")
            .replace(self.root().as_str(), "/context")
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // A failed classic build leaves the images of its steps behind.
        let lines = self.lines();
        let steps = lines
            .iter()
            .rev()
            .filter_map(|line| line.strip_prefix(" ---> "));
        let steps = steps.filter(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let images: Vec<_> = steps.map(str::to_owned).chain([self.tag.clone()]).collect();
        let remove = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                // Of its own: a proxy of this test stands still while this is waited for.
                let docker = connect().await.unwrap();
                for image in images {
                    let force = RemoveImageOptionsBuilder::default().force(true).build();
                    let _ = docker.remove_image(&image, Some(force), None).await;
                }
            });
        };
        std::thread::spawn(remove).join().unwrap();
    }
}

/// A static program for `FROM scratch`: prints lines, sleeps, and exits as it is told.
fn program() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let source = folder.join("app.rs");
        fs::write(&source, PROGRAM).unwrap();
        let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
        let mut command = Command::new(compiler);
        command.args([
            "--edition=2024",
            "-Ctarget-feature=+crt-static",
            "-Cstrip=symbols",
        ]);
        command.arg("-o").arg(folder.join("app")).arg(&source);
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        // One file for all runs; another process may be at it too.
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("image-test-app");
        let begun = program.with_extension(std::process::id().to_string());
        fs::copy(folder.join("app"), &begun).unwrap();
        fs::rename(&begun, &program).unwrap();
        program
    })
}

/// FNV-1a of 64 bits, as [`PROGRAM`] has it.
pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

const PROGRAM: &str = r#"
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf29ce484222325, |hash, byte| (hash ^ *byte as u64).wrapping_mul(0x100000001b3))
}

fn lookup(host: &str) -> String {
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap();
    let line = hosts.lines().find(|line| line.split_whitespace().skip(1).any(|it| it == host));
    line.unwrap().split_whitespace().next().unwrap().to_owned()
}

fn serve(port: u16) {
    use std::io::{Read, Write};
    for stream in std::net::TcpListener::bind(("0.0.0.0", port)).unwrap().incoming() {
        let mut stream = stream.unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
    }
}

fn limits() {
    let files = std::fs::read_to_string("/proc/self/limits").unwrap();
    let files = files.lines().find(|line| line.starts_with("Max open files")).unwrap();
    println!("> {}", files.split_whitespace().collect::<Vec<_>>().join(" "));
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    let shm = mounts.lines().find(|line| line.contains(" /dev/shm ")).unwrap();
    println!("> {}", shm.split(',').find(|it| it.starts_with("size=")).unwrap());
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    for name in ["Cpus_allowed_list:", "Mems_allowed_list:"] {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        println!("> {}", line.split_whitespace().collect::<Vec<_>>().join(" "));
    }
}

/// Lists the keys of the agent, tries to add one, and has `value` signed by each.
fn agent(value: &str) {
    use std::io::{Read, Write};
    let socket = std::env::var("SSH_AUTH_SOCK").unwrap();
    let mut agent = std::os::unix::net::UnixStream::connect(socket).unwrap();
    let mut ask = |message: Vec<u8>| {
        agent.write_all(&(message.len() as u32).to_be_bytes()).unwrap();
        agent.write_all(&message).unwrap();
        let mut length = [0; 4];
        agent.read_exact(&mut length).unwrap();
        let mut answer = vec![0; u32::from_be_bytes(length) as usize];
        agent.read_exact(&mut answer).unwrap();
        answer
    };
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    fn string<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
        let (length, rest) = bytes.split_at(4);
        let (it, rest) = rest.split_at(u32::from_be_bytes(length.try_into().unwrap()) as usize);
        *bytes = rest;
        it
    }
    let keys = ask(vec![11]);
    let (kind, mut rest) = (keys[0], &keys[5..]);
    println!("> keys {kind} {}", u32::from_be_bytes(keys[1..5].try_into().unwrap()));
    let mut blobs = Vec::new();
    while !rest.is_empty() {
        blobs.push(string(&mut rest).to_vec());
        println!("> comment {}", String::from_utf8_lossy(string(&mut rest)));
    }
    println!("> add {}", hex(&ask(vec![17, 0])));
    println!("> remove all {}", hex(&ask(vec![19])));
    println!("> extension {}", hex(&ask(vec![27, 0, 0, 0, 1, 65])));
    for blob in blobs {
        let framed = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat();
        let signed = ask([vec![13], framed(&blob), framed(value.as_bytes()), vec![0, 0, 0, 4]].concat());
        println!("> signed {} {} {}", signed[0], hex(&blob), hex(&signed[5..]));
    }
}

fn main() {
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().unwrap_or_default();
        let number = || value.parse().unwrap();
        match word.as_str() {
            "lines" => (1..=number()).for_each(|line: u64| println!("line {line}")),
            "say" => println!("{value}"),
            "begin" => print!("{value}"),
            "sleep" => std::thread::sleep(std::time::Duration::from_millis(number())),
            "exit" => std::process::exit(number() as i32),
            "cat" => println!("{}", std::fs::read_to_string(&value).unwrap()),
            "hash" => println!("hash {:016x}", hash(&std::fs::read(&value).unwrap())),
            "find" => println!("> {}", lookup(&value)),
            "links" => std::fs::read_dir("/sys/class/net").unwrap().for_each(|it| println!("> {}", it.unwrap().file_name().to_string_lossy())),
            "limits" => limits(),
            "serve" => serve(number() as u16),
            "agent" => agent(&value),
            "list" => std::fs::read_dir(&value).unwrap().for_each(|it| println!("{:?}", it.unwrap().path())),
            other => panic!("unknown: {other}"),
        }
    }
}
"#;
