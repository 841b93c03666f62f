//! The health check of a task, as its compute has it.
//!
//! Fargate: the load balancer's default matcher, 200, twice in a row. Lambda: the web adapter's
//! readiness rule, any status below 500, once.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use http_body_util::{BodyExt as _, Empty};
use hyper::{Request, body::Bytes, header::HOST};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};

use super::{Context, TaskError};
use crate::{
    config::ComputeKind,
    error::Result,
    resource::local::service::{Spec, Task},
    wait::{self, Pace, WaitError},
};

/// A load balancer gives each check this long (`aws-facts.md`: timeout 3 s).
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);
const LOG_LINES: usize = 20;

/// Waits until the task is healthy.
///
/// # Errors
/// It stopped, or did not get healthy in time: with the last answer and the end of its log.
pub async fn wait(task: &Task, spec: &Spec, cx: &Context) -> Result<(), TaskError> {
    let pace = Pace {
        first: Duration::from_millis(20),
        interval: Duration::from_millis(500),
        deadline: cx.settings.health_deadline,
    };
    let last = Mutex::new("no answer".to_owned());
    let good = AtomicU32::new(0);
    let needed = match spec.compute {
        ComputeKind::AwsFargateEcs => 2,
        ComputeKind::AwsLambda => 1,
    };
    let outcome = wait::until(pace, &cx.cancel, || async {
        if let Ok(Some(exit)) = cx.engine.reader().exit(&task.id).await {
            return Some(Err(exit));
        }
        if let Err(answer) = check(task, spec).await {
            *last.lock().unwrap_or_else(PoisonError::into_inner) = answer;
            good.store(0, Ordering::Relaxed);
            return None;
        }
        (good.fetch_add(1, Ordering::Relaxed) + 1 >= needed).then_some(Ok(()))
    })
    .await;
    let last = last.into_inner().unwrap_or_else(PoisonError::into_inner);
    let container = spec.container.to_string();
    match outcome {
        Ok(Ok(())) => Ok(()),
        Ok(Err(exit)) => Err(TaskError::Stopped {
            container,
            exit,
            log: log(task, cx).await,
        }),
        Err(WaitError::Cancelled) => Err(TaskError::Cancelled),
        Err(WaitError::Deadline(within)) => Err(TaskError::Unhealthy {
            container,
            within,
            last,
            log: log(task, cx).await,
        }),
    }
}

async fn log(task: &Task, cx: &Context) -> Vec<String> {
    match cx.engine.reader().log_tail(&task.id, LOG_LINES).await {
        Ok(lines) => lines,
        Err(error) => vec![format!("(its log cannot be read: {error})")],
    }
}

/// One check; the error is what a person should read as its last answer.
async fn check(task: &Task, spec: &Spec) -> Result<(), String> {
    let path = &spec.health_path;
    let Some(ip) = task.address else {
        return Err("it has no address on the stage's network".into());
    };
    let address = (ip, spec.port);
    let status = timeout(CHECK_TIMEOUT, get(address, path))
        .await
        .map_err(|_| {
            format!(
                "GET {path} on port {}: no answer within {CHECK_TIMEOUT:?}",
                spec.port
            )
        })?
        .map_err(|error| format!("GET {path} on port {}: {error}", spec.port))?;
    let healthy = match spec.compute {
        ComputeKind::AwsFargateEcs => status == 200,
        ComputeKind::AwsLambda => status < 500,
    };
    if healthy {
        Ok(())
    } else {
        Err(format!(
            "GET {path} on port {} answered {status}",
            spec.port
        ))
    }
}

async fn get(address: (std::net::IpAddr, u16), path: &str) -> Result<u16, String> {
    let stream = TcpStream::connect(address)
        .await
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
            _ => error.to_string(),
        })?;
    let text = |error: hyper::Error| error.to_string();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(text)?;
    let connection = tokio::spawn(connection);
    let request = Request::get(path)
        .header(HOST, format!("{}:{}", address.0, address.1))
        .header("user-agent", "ELB-HealthChecker/2.0")
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let answer = sender.send_request(request).await.map_err(text)?;
    let status = answer.status().as_u16();
    let _ = answer.into_body().collect().await;
    connection.abort();
    Ok(status)
}
