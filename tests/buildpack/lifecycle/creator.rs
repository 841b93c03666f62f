//! Acts as `/cnb/lifecycle/creator` of a builder, and as the web process of the image that it exports.
//!
//! It takes what the platform specification has `creator` take, refuses everything else, checks the
//! place that it runs in, and exports through the engine's socket. What the source asks of it is in
//! files of the source: `exit-code`, `no-process`, `sleep`.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{Read, Write},
    net::TcpListener,
    os::unix::{fs::MetadataExt, net::UnixStream, process::CommandExt},
    path::Path,
    process::{Command, exit},
};

const SOCKET: &str = "/var/run/docker.sock";
const FLAGS: &[&str] = &[
    "-app",
    "-buildpacks",
    "-cache-dir",
    "-cache-image",
    "-gid",
    "-launch-cache",
    "-launcher",
    "-layers",
    "-log-level",
    "-order",
    "-platform",
    "-previous-image",
    "-process-type",
    "-project-metadata",
    "-report",
    "-run-image",
    "-tag",
    "-uid",
];

fn main() {
    match env::args().next().unwrap().rsplit('/').next() {
        Some("web") => web(),
        Some("buildpack") => buildpack(),
        _ => creator(),
    }
}

/// Ends as the lifecycle does when a phase fails.
fn fails(code: i32, why: &str) -> ! {
    eprintln!("ERROR: {why}");
    exit(code)
}

fn check(holds: bool, why: &str) {
    if !holds {
        fails(3, why);
    }
}

fn creator() {
    // Compatibility comes before everything else.
    let api = env::var("CNB_PLATFORM_API").unwrap_or_default();
    if api != env::var("TEST_PLATFORM_API").unwrap() {
        fails(11, &format!("CNB_PLATFORM_API is {api:?}"));
    }
    let (flags, image) = arguments();
    let flag = |name: &str| {
        flags
            .get(name)
            .cloned()
            .unwrap_or_else(|| fails(3, &format!("{name} is missing")))
    };
    println!("platform API {api}");
    let (app, uid, gid) = (flag("-app"), flag("-uid"), flag("-gid"));
    check(flags.contains_key("-daemon"), "-daemon is missing");
    check(
        !flags.contains_key("-process-type"),
        "a process type is forced on the buildpacks",
    );
    check(
        uid == env::var("CNB_USER_ID").unwrap() && gid == env::var("CNB_GROUP_ID").unwrap(),
        "-uid and -gid are not the builder's",
    );
    check(
        fs::metadata("/proc/self").unwrap().uid() == 0,
        "only root may open the engine's socket",
    );
    let owned = fs::symlink_metadata(&app).unwrap();
    check(
        owned.uid().to_string() == uid && owned.gid().to_string() == gid,
        "the source is not the builder's user's",
    );
    for path in files(Path::new(&app)) {
        let owned = fs::symlink_metadata(&path).unwrap();
        check(
            owned.uid().to_string() == uid && owned.gid().to_string() == gid,
            &format!("{path} is not the builder's user's"),
        );
    }
    check(Path::new(&flag("-layers")).is_dir(), "there are no layers");
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    for cache in [flag("-cache-dir"), flag("-launch-cache")] {
        check(
            mounts.contains(&format!(" {cache} ")),
            "a cache is not mounted",
        );
    }
    check(
        ask("GET", &format!("/images/{}/json", flag("-run-image")), b"").0 == 200,
        "the engine does not have the run image",
    );
    let (previous, _) = ask(
        "GET",
        &format!("/images/{}/json", flag("-previous-image")),
        b"",
    );
    println!(
        "previous image: {}",
        if previous == 200 { "found" } else { "none" }
    );

    let counter = Path::new(&flag("-cache-dir")).join("builds");
    let builds = fs::read_to_string(&counter).map_or(0, |text| text.parse::<u32>().unwrap()) + 1;
    fs::write(&counter, builds.to_string()).unwrap();
    println!("build {builds} with this cache");

    let mut child = Command::new("/proc/self/exe");
    child
        .arg0("buildpack")
        .arg(&app)
        .arg(flag("-platform"))
        .uid(uid.parse().unwrap())
        .gid(gid.parse().unwrap())
        .env_clear();
    check(child.status().unwrap().success(), "the buildpack failed");
    let wished = |name: &str| fs::read_to_string(Path::new(&app).join(name)).ok();
    if let Some(code) = wished("exit-code") {
        // Two streams have no order: what came before on the other is given time.
        std::thread::sleep(std::time::Duration::from_millis(500));
        (1..=60).for_each(|line| eprintln!("line {line}"));
        fails(code.trim().parse().unwrap(), "as the source wants");
    }
    if let Some(seconds) = wished("sleep") {
        std::thread::sleep(std::time::Duration::from_secs(
            seconds.trim().parse().unwrap(),
        ));
    }
    let process = if wished("no-process").is_some() {
        "/cnb/lifecycle/launcher"
    } else {
        "/cnb/process/web"
    };
    export(&app, &image, process);
    println!("*** Images: {image}");
}

/// Flags before the one image, as Go's `flag` package reads them.
fn arguments() -> (BTreeMap<String, String>, String) {
    let mut flags = BTreeMap::new();
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        if word == "-daemon" {
            flags.insert(word, String::new());
        } else if FLAGS.contains(&word.as_str()) {
            let value = words
                .next()
                .unwrap_or_else(|| fails(3, "a flag has no value"));
            flags.insert(word, value);
        } else if word.starts_with('-') {
            fails(3, &format!("{word} is no flag of creator"));
        } else {
            check(words.next().is_none(), "there is more than one image");
            return (flags, word);
        }
    }
    fails(3, "there is no image")
}

/// What runs as the builder's user: it has the variables as files, and not the engine.
fn buildpack() {
    let arguments: Vec<String> = env::args().collect();
    check(
        UnixStream::connect(SOCKET).is_err(),
        "a buildpack can use the engine",
    );
    let variables = Path::new(&arguments[2]).join("env");
    for path in files(&variables) {
        let name = path.rsplit('/').next().unwrap();
        println!(
            "variable {name} has {} bytes",
            fs::read(&path).unwrap().len()
        );
    }
    fs::write(Path::new(&arguments[1]).join("built"), "by the buildpack").unwrap();
}

/// Files below a folder, sorted.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        }
        found.push(path.to_str().unwrap().to_owned());
    }
    found.sort();
    found
}

/// One layer with the source and the web process, imported by the engine.
fn export(app: &str, image: &str, process: &str) {
    let mut tar = Vec::new();
    let web = fs::read("/proc/self/exe").unwrap();
    entry(&mut tar, "cnb/process/web", 0o755, &web);
    entry(&mut tar, "cnb/lifecycle/launcher", 0o755, &web);
    for path in files(Path::new(app)) {
        if !Path::new(&path).is_dir() {
            entry(
                &mut tar,
                path.trim_start_matches('/'),
                0o644,
                &fs::read(&path).unwrap(),
            );
        }
    }
    tar.extend([0; 1024]);
    let (repository, tag) = image.rsplit_once(':').unwrap();
    let changes = [
        format!("ENTRYPOINT [\"{process}\"]"),
        format!("WORKDIR {app}"),
        "LABEL io.buildpacks.test=yes".to_owned(),
    ];
    let changes: String = changes
        .iter()
        .map(|change| format!("&changes={}", escaped(change)))
        .collect();
    let (status, body) = ask(
        "POST",
        &format!(
            "/images/create?fromSrc=-&repo={}&tag={tag}{changes}",
            escaped(repository)
        ),
        &tar,
    );
    if status != 200 || body.contains("errorDetail") {
        fails(62, &body);
    }
}

fn entry(tar: &mut Vec<u8>, name: &str, mode: u32, contents: &[u8]) {
    let mut header = [0u8; 512];
    let mut field =
        |at: usize, text: String| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    field(0, name.to_owned());
    field(100, format!("{mode:07o}"));
    field(108, "0000000".to_owned());
    field(116, "0000000".to_owned());
    field(124, format!("{:011o}", contents.len()));
    field(136, "00000000000".to_owned());
    field(148, "        ".to_owned());
    field(156, "0".to_owned());
    field(257, "ustar\u{0}00".to_owned());
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\u{0} ").as_bytes());
    tar.extend(header);
    tar.extend(contents);
    tar.resize(tar.len().next_multiple_of(512), 0);
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// Asks the engine; status and body.
fn ask(method: &str, path: &str, body: &[u8]) -> (u16, String) {
    let mut socket = UnixStream::connect(SOCKET)
        .unwrap_or_else(|error| fails(3, &format!("no engine: {error}")));
    let length = body.len();
    write!(socket, "{method} /v1.41{path} HTTP/1.0\r\nHost: docker\r\nContent-Type: application/x-tar\r\nContent-Length: {length}\r\n\r\n").unwrap();
    socket.write_all(body).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

/// Serves the file `greeting` of the source, whatever is asked for.
fn web() {
    let port = env::var("PORT").unwrap();
    let listener = TcpListener::bind(format!("0.0.0.0:{port}")).unwrap();
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let greeting = fs::read_to_string("greeting").unwrap();
        let _ = write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{greeting}",
            greeting.len()
        );
    }
}
