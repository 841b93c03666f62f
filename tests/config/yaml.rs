//! Files that are no YAML, or YAML of another shape.

use super::{api, errors};

#[test]
fn an_empty_file_is_said_to_be_empty() {
    insta::assert_snapshot!(errors(""), @r"
    serverless.containers.yml has 1 error

    error: the file is empty
     --> serverless.containers.yml:1:1
      |
    1 |
      | ^
      |
      = help: begin with `name: my-app`; `scf init` writes a file to start from
    ");
}

#[test]
fn comments_alone_are_an_empty_file() {
    insta::assert_snapshot!(errors("# nothing yet\n"), @r"
    serverless.containers.yml has 1 error

    error: the file is empty
     --> serverless.containers.yml:1:1
      |
    1 | # nothing yet
      | ^
      |
      = help: begin with `name: my-app`; `scf init` writes a file to start from
    ");
}

#[test]
fn a_list_is_no_config() {
    insta::assert_snapshot!(errors("- name: shop\n"), @r"
    serverless.containers.yml has 1 error

    error: the file must be a map of keys
     --> serverless.containers.yml:1:1
      |
    1 | - name: shop
      | ^^^^^^^^^^^^ this is not `key: value`
      |
      = help: begin with `name: my-app`; `scf init` writes a file to start from
    ");
}

#[test]
fn text_is_no_config() {
    insta::assert_snapshot!(errors("hello\n"), @r"
    serverless.containers.yml has 1 error

    error: the file must be a map of keys
     --> serverless.containers.yml:1:1
      |
    1 | hello
      | ^^^^^ this is not `key: value`
      |
      = help: begin with `name: my-app`; `scf init` writes a file to start from
    ");
}

#[test]
fn a_second_document_is_refused() {
    insta::assert_snapshot!(errors("name: shop\n---\nname: store\n"), @r"
    serverless.containers.yml has 1 error

    error: a second document begins here
     --> serverless.containers.yml:2:1
      |
    2 | ---
      | ^^^ only one document a file is read
      |
      = help: remove the `---` and all that follows, or make it a file of its own
    ");
}

#[test]
fn a_tab_as_indentation_is_shown() {
    insta::assert_snapshot!(errors("name: shop\ndeployment:\n\ttype: aws@1.0\n"), @r"
    serverless.containers.yml has 1 error

    error: a tab indents this line
     --> serverless.containers.yml:3:1
      |
    3 |     type: aws@1.0
      | ^^^^ YAML allows only spaces here
      |
      = help: replace each tab by two spaces
    ");
}

#[test]
fn a_duplicate_key_is_shown_with_the_first() {
    let text = "name: shop\ndeployment:\n  type: aws@1.0\n  type: aws@1.0\nname: store\n";
    insta::assert_snapshot!(errors(text), @r"
    serverless.containers.yml has 2 errors

    error: the key `type` is there twice
     --> serverless.containers.yml:4:3
      |
    3 |   type: aws@1.0
      |   ---- first here
    4 |   type: aws@1.0
      |   ^^^^ again here
      |
      = help: keep one of them

    error: the key `name` is there twice
     --> serverless.containers.yml:5:1
      |
    1 | name: shop
      | ---- first here
    ...
    5 | name: store
      | ^^^^ again here
      |
      = help: keep one of them
    ");
}

#[test]
fn an_open_bracket_is_refused() {
    let text = "name: shop\ndeployment: { type: aws@1.0\ncontainers:\n";
    insta::assert_snapshot!(errors(text), @r"
    serverless.containers.yml has 1 error

    error: this is not valid YAML
     --> serverless.containers.yml:3:11
      |
    3 | containers:
      |           ^ while parsing a flow mapping, did not find expected ',' or '}'
      |
      = help: a `{` or `[` is not closed, or a comma is missing
    ");
}

#[test]
fn an_open_quote_is_refused() {
    let text = "name: \"shop\ndeployment:\n  type: aws@1.0\n";
    insta::assert_snapshot!(errors(text), @r#"
    serverless.containers.yml has 1 error

    error: this is not valid YAML
     --> serverless.containers.yml:1:7
      |
    1 | name: "shop
      |       ^ invalid indentation in quoted scalar
      |
      = help: the quote is not closed, or its text continues on a line that is not indented
    "#);
}

#[test]
fn a_line_that_is_indented_too_far_is_refused() {
    insta::assert_snapshot!(errors("name: shop\n  deployment: {}\n"), @r"
    serverless.containers.yml has 1 error

    error: this is not valid YAML
     --> serverless.containers.yml:2:13
      |
    2 |   deployment: {}
      |             ^ mapping values are not allowed in this context
      |
      = help: put quotes around a value that contains `: `, and check the indentation
    ");
}

#[test]
fn a_star_without_quotes_is_refused() {
    insta::assert_snapshot!(errors("name: *\n"), @r"
    serverless.containers.yml has 1 error

    error: this is not valid YAML
     --> serverless.containers.yml:1:7
      |
    1 | name: *
      |       ^ while scanning an anchor or alias, did not find expected alphabetic or numeric character
      |
      = help: put quotes around a value that begins with `*`, `&`, `@`, `%` or a backtick
    ");
}

#[test]
fn an_at_sign_without_quotes_is_refused() {
    insta::assert_snapshot!(errors("name: @shop\n"), @r"
    serverless.containers.yml has 1 error

    error: this is not valid YAML
     --> serverless.containers.yml:1:7
      |
    1 | name: @shop
      |       ^ unexpected character: `@'
      |
      = help: put quotes around a value that begins with `*`, `&`, `@`, `%` or a backtick
    ");
}

#[test]
fn a_variable_without_quotes_in_brackets_is_refused() {
    insta::assert_snapshot!(errors("deployment: { type: ${env:TYPE} }\n"), @r#"
    serverless.containers.yml has 1 error

    error: this is not valid YAML
     --> serverless.containers.yml:1:22
      |
    1 | deployment: { type: ${env:TYPE} }
      |                      ^ while parsing a flow mapping, did not find expected ',' or '}'
      |
      = help: put quotes around a variable inside `{ }` or `[ ]`: "${env:NAME}"
    "#);
}

#[test]
fn a_tag_is_refused_rather_than_dropped() {
    let text = api("    environment:
      TABLE: !Ref Table
      KEYS: !GetAtt [a, b]
      COUNT: !!int many
");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 3 errors

    error: the tag `!Ref` is unknown
      --> serverless.containers.yml:10:14
       |
    10 |       TABLE: !Ref Table
       |              ^^^^^^^^^^
       |
       = help: tags have no meaning here; use a variable such as `${env:NAME}`

    error: the tag `!GetAtt` is unknown
      --> serverless.containers.yml:11:13
       |
    11 |       KEYS: !GetAtt [a, b]
       |             ^^^^^^^^^
       |
       = help: tags have no meaning here; use a variable such as `${env:NAME}`

    error: this value does not fit its tag
      --> serverless.containers.yml:12:14
       |
    12 |       COUNT: !!int many
       |              ^^^^^^^^^^
       |
       = help: remove the tag
    ");
}

#[test]
fn a_map_as_key_is_refused() {
    insta::assert_snapshot!(errors("{ name: shop }: x\n"), @r"
    serverless.containers.yml has 1 error

    error: a key must be plain text
     --> serverless.containers.yml:1:1
      |
    1 | { name: shop }: x
      | ^
      |
      = help: put quotes around a value that begins with `{`, `[` or `*`
    ");
}

#[test]
fn columns_count_characters_and_carriage_returns_do_not_shift_them() {
    let text = api("    environment: { \"GRÜSSE\": \"日本語\", größe: }\n    prt: 1\n");
    insta::assert_snapshot!(errors(&text.replace('\n', "\r\n")), @r#"
    serverless.containers.yml has 4 errors

    error: Lambda knows no variable named `GRÜSSE`
     --> serverless.containers.yml:9:20
      |
    9 |     environment: { "GRÜSSE": "日本語", größe: }
      |                    ^^^^^^^^ must be letters, digits and `_`, the first a letter
      |
      = help: give it another name; Fargate takes any

    error: `containers.api.environment.größe` is empty
     --> serverless.containers.yml:9:37
      |
    9 |     environment: { "GRÜSSE": "日本語", größe: }
      |                                        ^^^^^ nothing is written here
      |
      = help: write a value, `""` for empty text, or remove the key

    error: Lambda knows no variable named `größe`
     --> serverless.containers.yml:9:37
      |
    9 |     environment: { "GRÜSSE": "日本語", größe: }
      |                                        ^^^^^ must be letters, digits and `_`, the first a letter
      |
      = help: give it another name; Fargate takes any

    error: unknown key `prt`
      --> serverless.containers.yml:10:5
       |
    10 |     prt: 1
       |     ^^^ `containers.api` has no such key
       |
       = help: did you mean `port`?
    "#);
}
