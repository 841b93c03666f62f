//! Sources within reach: the command line, the file itself, other files.

use std::fs;

use camino::Utf8PathBuf;
use scf::{
    config::{Loaded, variables::Context},
    error::Diagnose,
};
use secrecy::ExposeSecret;

use super::{api, context, load, source};

/// A config folder with files in it.
struct Folder {
    _guard: tempfile::TempDir,
    context: Context,
}

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let guard = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(guard.path().join(name), text).unwrap();
        }
        let mut context = context(&[("A", "from env"), ("KEY", "hunter2"), ("YES", "TRUE")]);
        context.folder = Utf8PathBuf::from_path_buf(guard.path().to_owned()).unwrap();
        Self {
            _guard: guard,
            context,
        }
    }

    fn load(&self, lines: &str) -> Loaded {
        match load(&source(&api(lines)), &self.context) {
            Ok(loaded) => loaded,
            Err(errors) => panic!("{}", errors.detail().unwrap()),
        }
    }

    fn errors(&self, lines: &str) -> String {
        let errors = load(&source(&api(lines)), &self.context).unwrap_err();
        errors.detail().unwrap()
    }

    /// What a value of `environment` becomes; `rest` are further lines of the file.
    fn value(&self, written: &str, rest: &str) -> String {
        let lines = format!("    environment:\n      V: {written}\n{rest}");
        let config = self.load(&lines).config;
        config.containers[&"api".parse().unwrap()].environment["V"]
            .expose_secret()
            .to_owned()
    }
}

#[test]
fn the_command_line_and_the_run_are_sources() {
    let mut folder = Folder::with(&[]);
    let params = &mut folder.context.params;
    params.insert("size".to_owned(), "from the command line".to_owned());
    for (written, becomes) in [
        ("${opt:stage}", "dev"),
        ("${opt:region, 'eu-central-1'}", "eu-central-1"),
        ("${sls:stage}-${sls:instanceId}", "dev-0123456789abcdef"),
        ("${param:size}", "from the command line"),
        ("${param:colour}", "red"),
        ("${param:shape.0}", "round"),
        ("${param:a.b}", "dotted"),
        ("${param:base}", "of every stage"),
        ("${param:named}", "dev-red"),
        ("${param:other, 'none'}", "none"),
    ] {
        let stages = "stages:
  default: { params: { base: of every stage, colour: none } }
  dev:
    params:
      size: from the file
      colour: red
      shape: [round]
      a.b: dotted
      named: ${sls:stage}-${param:colour}
  prod: { params: { other: x, bad: '${vault:secret/data/prod/key}' } }
";
        assert_eq!(folder.value(written, stages), becomes, "{written}");
    }
}

#[test]
fn a_missing_source_says_where_it_was_looked_for() {
    let folder = Folder::with(&[]);
    insta::assert_snapshot!(folder.errors("    environment:
      A: ${opt:region}
      B: ${sls:instance}
      C: ${param:colour}
      D: ${self:containers.api.prt}
      E: ${strToBool(maybe)}
      F: ${strToBool(${env:KEY})}
      G: ${git:branch}
      H: ${git:brnch, 'x'}
"), @r"
    error: the option `--region` is not given
      --> serverless.containers.yml:10:12
       |
    10 |       A: ${opt:region}
       |            ^^^^^^^^^^
       |
       = help: give a default, `${opt:region, 'value'}`; values of your own are `${param:region}`, given as `--param region=value`

    error: `sls` has no `instance`
      --> serverless.containers.yml:11:12
       |
    11 |       B: ${sls:instance}
       |            ^^^^^^^^^^^^
       |
       = help: write `${sls:stage}` or `${sls:instanceId}`

    error: the stage `dev` has no parameter `colour`
      --> serverless.containers.yml:12:12
       |
    12 |       C: ${param:colour}
       |            ^^^^^^^^^^^^
       |
       = help: write it under `stages.dev.params`, give `--param colour=value`, or a default

    error: the file has no `containers.api.prt`
      --> serverless.containers.yml:13:12
       |
    13 |       D: ${self:containers.api.prt}
       |            ^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write the keys from the root, with dots between them, or give a default

    error: `maybe` is no truth value
      --> serverless.containers.yml:14:12
       |
    14 |       E: ${strToBool(maybe)}
       |            ^^^^^^^^^^^^^^^^
       |
       = help: it must be `true`, `1`, `false` or `0`

    error: `***` is no truth value
      --> serverless.containers.yml:15:12
       |
    15 |       F: ${strToBool(${env:KEY})}
       |            ^^^^^^^^^^^^^^^^^^^^^
       |
       = help: it must be `true`, `1`, `false` or `0`

    error: the config file is in no git repository
      --> serverless.containers.yml:16:12
       |
    16 |       G: ${git:branch}
       |            ^^^^^^^^^^
       |
       = help: check out the repository with its `.git` folder, or give a default

    error: `git` has no `brnch`
      --> serverless.containers.yml:17:12
       |
    17 |       H: ${git:brnch, 'x'}
       |            ^^^^^^^^^
       |
       = help: did you mean `${git:branch}`?
    ");
}

#[test]
fn the_file_refers_to_itself() {
    let folder = Folder::with(&[]);
    let stages = "stages:
  dev:
    params:
      one: 1
      list: [{ a: x }, '${self:name}']
      whole: ${self:stages.dev.params.list}
      text: \\${env:A}
";
    for (written, becomes) in [
        ("${self:name}", "shop"),
        ("${self:containers.api.src}/x", "./api/x"),
        ("${self:stages.dev.params.one}", "1"),
        ("${self:stages.dev.params.list[0].a}", "x"),
        ("${self:stages.dev.params.list.1}", "shop"),
        ("${self:stages.dev.params.whole}", r#"[{"a":"x"},"shop"]"#),
        ("${self:stages.dev.params.whole.0.a}", "x"),
        ("${self:stages.dev.params.text}", "${env:A}"),
        ("${self:stages.dev.params.none, self:name}", "shop"),
        ("${self:stages.${opt:stage}.params.one}", "1"),
    ] {
        assert_eq!(folder.value(written, stages), becomes, "{written}");
    }
}

#[test]
fn types_are_kept() {
    let folder = Folder::with(&[("values.yml", "port: 9000\nenv: { A: 1, B: [x] }\n")]);
    let loaded = folder.load(
        "    port: ${file(values.yml):port}
    preflight: ${strToBool(${env:YES})}
    environment: ${file(values.yml):env}
",
    );
    let api = &loaded.config.containers[&"api".parse().unwrap()];
    assert_eq!((api.port, api.preflight), (Some(9000), true));
    let values: Vec<_> = api
        .environment
        .iter()
        .map(|(key, value)| (key.as_str(), value.expose_secret()))
        .collect();
    assert_eq!(values, [("A", "1"), ("B", r#"["x"]"#)]);
}

#[test]
fn values_that_refer_to_one_another_are_named() {
    let folder = Folder::with(&[]);
    insta::assert_snapshot!(folder.errors("    environment:
      A: ${self:containers.api.environment.A}
      B: x${self:containers.api.environment.C}
      C: ${self:containers.api.environment.D, 'default'}
      D: ${self:containers.api.environment.B}
      E: ${self:containers.api.environment.B}
"), @r"
    error: this variable refers to its own value
      --> serverless.containers.yml:10:12
       |
    10 |       A: ${self:containers.api.environment.A}
       |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: let one of them stand for itself

    error: these values refer to one another: `containers.api.environment.D` → `containers.api.environment.B` → `containers.api.environment.C` → `containers.api.environment.D`
      --> serverless.containers.yml:13:12
       |
    13 |       D: ${self:containers.api.environment.B}
       |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: let one of them stand for itself
    ");
    insta::assert_snapshot!(folder.errors("    environment:
      A: ${self:containers}
"), @r"
    error: this variable refers to its own value
      --> serverless.containers.yml:10:12
       |
    10 |       A: ${self:containers}
       |            ^^^^^^^^^^^^^^^
       |
       = help: let one of them stand for itself
    ");
}

#[test]
fn a_value_that_failed_is_reported_where_it_stands_only() {
    let folder = Folder::with(&[]);
    insta::assert_snapshot!(folder.errors("    environment:
      A: ${self:containers.api.environment.B, 'default'}
      B: ${env:UNSET}
"), @r"
    error: the environment variable `UNSET` is not set
      --> serverless.containers.yml:11:12
       |
    11 |       B: ${env:UNSET}
       |            ^^^^^^^^^
       |
       = help: set it, or give a default: `${env:UNSET, 'value'}`
    ");
}

#[test]
fn files_are_read_by_their_ending() {
    let folder = Folder::with(&[
        (
            "a.yml",
            "db:\n  host: h\n  port: 5432\nlist: [x, y]\nempty:\n",
        ),
        ("a.json", r#"{"db": {"host": "j"}, "a.b": 1}"#),
        ("list.yaml", "- one\n- two\n"),
        ("key.pem", "line 1\nline 2\n\n"),
        (
            "dev.yml",
            "name: of ${sls:stage}, ${env:A}, ${file(a.json):db.host}, \\${env:A}\nunused: ${env:UNSET}\n",
        ),
    ]);
    for (written, becomes) in [
        ("${file(./a.yml):db.host}", "h"),
        ("${file(a.yml):db}", r#"{"host":"h","port":5432}"#),
        ("${file(a.yml):list.1}", "y"),
        ("${file( a.json ):db.host}", "j"),
        ("${file(a.json):a.b}", "1"),
        ("${file(list.yaml):0}", "one"),
        ("${file(key.pem)}", "line 1\nline 2"),
        ("${file(none.yml):a, 'x'}", "x"),
        ("${file(a.yml):db.none, 'x'}", "x"),
        (
            "${file(${sls:stage}.yml):name}",
            "of dev, from env, j, ${env:A}",
        ),
    ] {
        assert_eq!(folder.value(written, ""), becomes, "{written}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_no_reason_for_a_default() {
    let folder = Folder::with(&[
        ("bad.yml", "a: 1\nb: [\n"),
        ("bad.json", "{\n\"a\": 1,\n}"),
        ("loop.yml", "a: ${file(loop.yml):a}\n"),
        ("unset.yml", "a: ${env:UNSET}\n"),
        ("config.js", "module.exports = {}"),
    ]);
    fs::write(folder.context.folder.join("latin.txt"), b"\xe9").unwrap();
    insta::assert_snapshot!(folder.errors("    environment:
      A: ${file(bad.yml):a, 'x'}
      B: ${file(bad.json):a, 'x'}
      C: ${file(loop.yml):a, 'x'}
      D: ${file(unset.yml):a, 'x'}
      E: ${file(config.js):a, 'x'}
      F: ${file(latin.txt), 'x'}
      G: ${file(.), 'x'}
      H: ${file:bad.yml, 'x'}
      I: ${file(${env:KEY}.yml):a}
      J: ${file(./${sls:stage}.txt)}
      K: ${file(unset.yml):b}
"), @r"
    error: `bad.yml` is no valid YAML
      --> serverless.containers.yml:10:12
       |
    10 |       A: ${file(bad.yml):a, 'x'}
       |            ^^^^^^^^^^^^^^^
       |
       = help: correct its line 3

    error: `bad.json` is no valid JSON
      --> serverless.containers.yml:11:12
       |
    11 |       B: ${file(bad.json):a, 'x'}
       |            ^^^^^^^^^^^^^^^^
       |
       = help: correct its line 3

    error: in `loop.yml`: files name one another too deeply
      --> serverless.containers.yml:12:12
       |
    12 |       C: ${file(loop.yml):a, 'x'}
       |            ^^^^^^^^^^^^^^^^
       |
       = help: let one of them hold the value itself

    error: in `unset.yml`: the environment variable `UNSET` is not set
      --> serverless.containers.yml:13:12
       |
    13 |       D: ${file(unset.yml):a, 'x'}
       |            ^^^^^^^^^^^^^^^^^
       |
       = help: set it, or give a default: `${env:UNSET, 'value'}`

    error: `config.js` is a program, and programs are not run
      --> serverless.containers.yml:14:12
       |
    14 |       E: ${file(config.js):a, 'x'}
       |            ^^^^^^^^^^^^^^^^^
       |
       = help: write its values into a YAML or JSON file

    error: `latin.txt` is no UTF-8 text
      --> serverless.containers.yml:15:12
       |
    15 |       F: ${file(latin.txt), 'x'}
       |            ^^^^^^^^^^^^^^^
       |
       = help: save it as UTF-8

    error: `.` cannot be read: it is no regular file
      --> serverless.containers.yml:16:12
       |
    16 |       G: ${file(.), 'x'}
       |            ^^^^^^^
       |
       = help: check its path and its permissions

    error: this names no file
      --> serverless.containers.yml:17:12
       |
    17 |       H: ${file:bad.yml, 'x'}
       |            ^^^^^^^^^^^^
       |
       = help: write `${file(./values.yml)}` or `${file(./values.yml):key}`

    error: there is no value at this address
      --> serverless.containers.yml:18:12
       |
    18 |       I: ${file(${env:KEY}.yml):a}
       |            ^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: the address comes from a variable: check that, or give a default

    error: there is no file `./dev.txt`
      --> serverless.containers.yml:19:12
       |
    19 |       J: ${file(./${sls:stage}.txt)}
       |            ^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: paths are relative to the config file; give a default if it may be absent

    error: `unset.yml` has no `b`
      --> serverless.containers.yml:20:12
       |
    20 |       K: ${file(unset.yml):b}
       |            ^^^^^^^^^^^^^^^^^
       |
       = help: write its keys with dots between them, or give a default
    ");
}

#[test]
fn references_cannot_fill_the_memory() {
    let folder = Folder::with(&[]);
    let doubled = |start: &str, between: &str, end: &str| {
        let levels = (1..=40).map(|level| {
            let below = format!("${{param:p{}}}", level - 1);
            format!("      p{level}: {start}{below}{between}{below}{end}\n")
        });
        let head =
            "    environment: { A: '${param:p40}' }\nstages:\n  dev:\n    params:\n      p0: xx\n";
        folder.errors(&(head.to_owned() + &levels.collect::<String>()))
    };
    for said in [doubled("", "", ""), doubled("['", "', '", "']")] {
        assert!(said.contains("this variable becomes too large"), "{said}");
    }
}

#[test]
fn a_long_chain_of_references_is_followed() {
    let folder = Folder::with(&[]);
    for order in [true, false] {
        let mut links: Vec<String> = (1..3_000)
            .map(|link| format!("      p{link}: ${{param:p{}}}\n", link - 1))
            .collect();
        if order {
            links.reverse();
        }
        let rest = format!(
            "stages:\n  dev:\n    params:\n      p0: end\n{}",
            links.concat()
        );
        assert_eq!(folder.value("${param:p2999}", &rest), "end");
    }
}
