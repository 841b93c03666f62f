//! Images for other platforms.

use insta::assert_snapshot;
use scf::{
    image::{Builder, exists},
    source::BuildSource,
};

use crate::workshop::{BUILDERS, Workshop};

fn of(shop: &Workshop, platform: &str) -> BuildSource {
    BuildSource {
        platform: Some(platform.to_owned()),
        ..shop.source()
    }
}

#[tokio::test]
async fn a_variant_is_asked_for_and_checked() {
    let shop = Workshop::new("FROM scratch\nCOPY Dockerfile /\n").await;
    for platform in [
        "linux/arm/v6",
        "linux/arm/v7",
        "linux/arm64/v8",
        "linux/arm64",
    ] {
        shop.build(&of(&shop, platform), Builder::Newest)
            .await
            .unwrap();
    }
    // The classic builder takes the platform of the base image.
    let base = shop.tag();
    let text = format!("FROM --platform=linux/arm64 {base}\nCOPY Dockerfile /\n");
    let other = Workshop::new(&text).await;
    let wanted = of(&other, "linux/arm64/v9");
    let error = other.build(&wanted, Builder::Classic).await;
    assert_snapshot!(other.show(error.unwrap_err()), @"
    error: image api:tag was built for linux/arm64, not for linux/arm64/v9
    hint: take `--platform` out of the Dockerfile's last `FROM`; if there is none, build on an engine that can (BuildKit with QEMU, or a machine of that architecture)
    class: Build
    ");
    assert_eq!(exists(&other.docker, other.tag()).await.unwrap(), None);
}

/// The head of a program for 64-bit ARM, which no amd64 machine without emulation starts.
fn foreign_program() -> Vec<u8> {
    const EM_AARCH64: u8 = 183;
    let mut elf = b"\x7fELF\x02\x01\x01".to_vec();
    elf.resize(16, 0);
    elf.extend([2, 0, EM_AARCH64, 0, 1, 0, 0, 0]);
    elf.extend(0x40_0078_u64.to_le_bytes());
    elf.extend(64_u64.to_le_bytes());
    elf.resize(52, 0);
    elf.extend([64, 0, 56, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    elf.extend([1, 0, 0, 0, 5, 0, 0, 0]);
    for field in [0_u64, 0x40_0000, 0x40_0000, 0x1000, 0x1000, 0x1000] {
        elf.extend(field.to_le_bytes());
    }
    elf.resize(0x1000, 0);
    elf
}

#[tokio::test]
async fn steps_of_a_platform_that_the_machine_cannot_run() {
    use std::os::unix::fs::PermissionsExt as _;
    for builder in BUILDERS {
        let text = "FROM scratch\nCOPY foreign /foreign\nARG CACHE_BUST\nRUN [\"/foreign\"]\n";
        let shop = Workshop::new(text).await;
        shop.write("foreign", foreign_program());
        let permissions = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(shop.path("foreign"), permissions).unwrap();
        let error = shop
            .build(&of(&shop, "linux/arm64"), builder)
            .await
            .unwrap_err();
        let shown = shop.show(error).replace("Step 4/5 : RUN", "[2/2] RUN");
        insta::allow_duplicates! {
            assert_snapshot!(shown, @r#"
            error: image api:tag is for linux/arm64, and its steps do not run on this engine, which is linux/amd64: exec format error at [2/2] RUN ["/foreign"]
            hint: let the engine's machine emulate it (`docker run --privileged --rm tonistiigi/binfmt --install arm64`; in a workflow, docker/setup-qemu-action), or build on a machine of that platform
            class: Build
            "#);
        }
        // For its own platform it is a program like any other that does not start.
        let error = shop.build(&shop.source(), builder).await.unwrap_err();
        assert!(shop.show(error).contains("fix that step"), "{builder:?}");
    }
}
