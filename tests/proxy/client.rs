//! A viewer: sends requests to the proxy as they are written.

use std::{net::Ipv4Addr, time::Duration};

use http_body_util::{BodyExt as _, Full};
use hyper::{
    HeaderMap, Request, Response,
    body::{Body, Bytes, Incoming},
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::bed::PATIENCE;

/// An answer that arrived whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// A kept connection.
pub struct Connection<B>(SendRequest<B>);

impl<B> Connection<B>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    pub async fn open(port: u16) -> Self {
        let stream = connect(port).await;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection.with_upgrades());
        Self(sender)
    }

    /// Sends a request and returns its answer when its head has come.
    pub async fn begin(&mut self, request: Request<B>) -> hyper::Result<Response<Incoming>> {
        self.0.ready().await?;
        let answer = timeout(PATIENCE, self.0.send_request(request)).await;
        answer.expect("an answer in time")
    }

    pub async fn send(&mut self, request: Request<B>) -> hyper::Result<Answer> {
        whole(self.begin(request).await?).await
    }
}

pub async fn whole(answer: Response<Incoming>) -> hyper::Result<Answer> {
    let (parts, body) = answer.into_parts();
    let body = timeout(PATIENCE, body.collect())
        .await
        .expect("a whole answer in time")?;
    Ok(Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: body.to_bytes(),
    })
}

pub async fn connect(port: u16) -> TcpStream {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port))
        .await
        .unwrap()
}

/// A request for `http://localhost` with this body.
pub fn request(method: &str, path: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .body(Full::new(body.into()))
        .unwrap()
}

/// Sends one request on a connection of its own.
pub async fn send<B>(port: u16, request: Request<B>) -> Answer
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut connection = Connection::open(port).await;
    connection.send(request).await.expect("an answer")
}

pub async fn get(port: u16, path: &str) -> Answer {
    send(port, request("GET", path, "")).await
}

pub async fn get_from(port: u16, host: &str, path: &str) -> Answer {
    let request = Request::get(path)
        .header("host", host)
        .body(Full::<Bytes>::default());
    send(port, request.unwrap()).await
}

/// Writes bytes as they are and returns all that comes back until the proxy closes.
pub async fn raw(port: u16, bytes: &[u8]) -> String {
    let mut stream = connect(port).await;
    stream.write_all(bytes).await.unwrap();
    read_to_end(&mut stream).await
}

pub async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut text))
        .await
        .expect("the proxy closes the connection")
        .unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

/// Reads exactly this text, and fails if something else comes.
pub async fn expect(stream: &mut TcpStream, text: &str) {
    let mut read = vec![0; text.len()];
    timeout(PATIENCE, stream.read_exact(&mut read))
        .await
        .expect("in time")
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&read), text);
}

/// Reads the head of an answer, up to its empty line.
pub async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let byte = timeout(PATIENCE, stream.read_u8()).await.expect("in time");
        head.push(byte.expect("a whole head"));
    }
    String::from_utf8(head).unwrap()
}

pub async fn pause(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}
