//! Ports that a Dockerfile exposes.

use crate::tree::Tree;

fn ports(dockerfile: &str, target: Option<&str>) -> Vec<u16> {
    let tree = Tree::new(&[]);
    tree.write("Dockerfile", dockerfile);
    let mut source = tree.source();
    source.target = target.map(str::to_owned);
    scf::source::read(&source).unwrap().exposed_ports
}

#[test]
fn ports_are_read_as_docker_reads_them() {
    let cases: &[(&str, &[u16])] = &[
        ("FROM scratch", &[]),
        ("FROM scratch\nEXPOSE 8080", &[8080]),
        ("from scratch\nexpose 8080/TCP 9090", &[8080, 9090]),
        ("FROM scratch\nEXPOSE 80\nEXPOSE 80/tcp 53/udp", &[80]),
        ("FROM scratch\nEXPOSE 8000-8002", &[8000, 8001, 8002]),
        ("FROM scratch\nEXPOSE $PORT ${PORT} 1x 70000 80", &[80]),
        (
            "FROM scratch\nEXPOSE 80 \\\n  # a comment\n\n  81",
            &[80, 81],
        ),
        ("# escape=`\nFROM scratch\nEXPOSE 80 `\n81", &[80, 81]),
        (
            "FROM scratch\n# EXPOSE 1\nLABEL a=\"EXPOSE 2\"\nONBUILD EXPOSE 3",
            &[],
        ),
        ("FROM scratch\nRUN <<EOF\nEXPOSE 1\nEOF\nEXPOSE 2", &[2]),
        (
            "FROM scratch\nCOPY <<-\"A\" <<B /\nEXPOSE 1\n\tA\nEXPOSE 2\nB\nEXPOSE 3",
            &[3],
        ),
        ("FROM scratch\nRUN echo $((1<<2)) 1 <<2\nEXPOSE 4", &[4]),
        ("\u{feff}FROM scratch\r\nEXPOSE 80\r\n", &[80]),
    ];
    for (dockerfile, expected) in cases {
        assert_eq!(ports(dockerfile, None), *expected, "{dockerfile:?}");
    }
}

const STAGES: &str = "\
FROM --platform=$BUILDPLATFORM golang AS Build
EXPOSE 1
FROM build as base
EXPOSE 2
FROM scratch
EXPOSE 3
FROM base
EXPOSE 4
";

#[test]
fn ports_come_from_the_built_stage_and_the_stages_that_it_starts_from() {
    assert_eq!(ports(STAGES, None), [1, 2, 4]);
    assert_eq!(ports(STAGES, Some("BUILD")), [1]);
    assert_eq!(ports(STAGES, Some("base")), [1, 2]);
    assert_eq!(ports(STAGES, Some("2")), [3]);
    assert!(ports(STAGES, Some("no-such-stage")).is_empty());
}

#[test]
fn a_stage_named_as_its_base_image_is_not_its_own_base() {
    assert_eq!(ports("FROM nginx AS nginx\nEXPOSE 80", None), [80]);
}
