use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::testing::{map, run};

/// Answers one path per kind of answer, and `/echo` with the request itself. `/silent` never answers.
async fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    format!("http://{address}")
}

async fn serve(mut stream: TcpStream) {
    let request = read_request(&mut stream).await;
    let target = request.split(' ').nth(1).unwrap_or_default();
    let (status, kind, extra, body) = match target {
        "/json" => ("200 OK", "application/json; charset=utf-8", "", r#"{"a": [true, null]}"#.to_owned()),
        "/badjson" => ("200 OK", "application/json", "", r#"{"a": "#.to_owned()),
        "/text" => ("200 OK", "text/plain", "", r#"{"a": 1}"#.to_owned()),
        "/404" => ("404 Not Found", "text/plain", "", "not here".to_owned()),
        "/redirect" => ("302 Found", "text/plain", "Location: /json\r\n", String::new()),
        "/elsewhere" => ("302 Found", "text/plain", "Location: http://localhost:1/\r\n", String::new()),
        "/silent" => return std::future::pending().await,
        _ => ("200 OK", "application/json", "", json!({"request": request}).to_string()),
    };
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n{extra}");
    stream.write_all(format!("{head}connection: close\r\n\r\n{body}").as_bytes()).await.unwrap();
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap_or("0");
            if body.len() >= length.parse().unwrap() {
                return text;
            }
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await.unwrap() {
            0 => return text,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

async fn call(runner_parameters: Value, action_parameters: Value) -> Outcome {
    let request = RunRequest {
        execution_id: "e1".to_owned(),
        action_name: "http".to_owned(),
        runner_parameters: map(runner_parameters),
        action_parameters: map(action_parameters),
        ..RunRequest::default()
    };
    run("http-request", request).await
}

#[tokio::test]
async fn answers_by_status_and_content_type() {
    let base = server().await;
    for (path, status, code, body, parsed) in [
        ("/json", Status::Succeeded, 200, json!({"a": [true, null]}), true),
        ("/badjson", Status::Succeeded, 200, json!("{\"a\": "), false),
        ("/text", Status::Succeeded, 200, json!("{\"a\": 1}"), false),
        ("/404", Status::Failed, 404, json!("not here"), false),
        ("/redirect", Status::Failed, 302, json!(""), false),
    ] {
        let outcome = call(json!({"url": format!("{base}{path}")}), json!({})).await;
        assert_eq!(outcome.status, status, "{path}: {}", outcome.result);
        let result = &outcome.result;
        assert_eq!(
            (&result["status_code"], &result["body"], &result["parsed"]),
            (&json!(code), &body, &json!(parsed)),
            "{path}"
        );
        assert!(result["headers"]["Content-Type"].is_string(), "{path}: {result}");
    }
}

#[tokio::test]
async fn redirects_are_followed_on_demand_and_only_to_allowed_hosts() {
    let base = server().await;
    let follow = json!({"url": format!("{base}/redirect"), "allow_redirects": true});
    assert_eq!(call(follow, json!({})).await.result["body"], json!({"a": [true, null]}));

    let leave = json!({
        "url": format!("{base}/elsewhere"), "allow_redirects": true, "url_hosts_whitelist": ["127.0.0.1"],
    });
    let outcome = call(leave, json!({})).await;
    assert_eq!(outcome.result["error"], "URL \"http://localhost:1/\" is not whitelisted");
}

#[tokio::test]
async fn requests_are_sent_as_described() {
    let base = server().await;
    let url = format!("{base}/echo?x=1");
    for (runner, action, expected) in [
        (
            json!({"headers": {"X-A": "b"}}),
            json!({"params": {"y": 2, "n": null}}),
            vec!["GET /echo?x=1&y=2 ", "X-A: b\r\n"],
        ),
        (json!({}), json!({"method": "PUT", "body": "raw"}), vec!["PUT ", "Content-Length: 3\r\n", "\r\n\r\nraw"]),
        (json!({}), json!({"body": "a=b"}), vec!["POST ", "\r\n\r\na=b"]),
        (
            json!({"headers": {"content-type": "application/json"}}),
            json!({"body": "{\"j\": 1}"}),
            vec!["\r\n\r\n{\"j\":1}"],
        ),
        (
            json!({"cookies": {"c": "1"}}),
            json!({}),
            vec!["Cookie: c=1\r\n", "User-Agent: st2/v", "X-Stanley-Action: http\r\n"],
        ),
        (json!({"username": "u", "password": "p"}), json!({}), vec!["Authorization: Basic dTpw\r\n"]),
        (
            json!({}),
            json!({"file_name": "f.txt", "file_content": "data", "file_content_type": "text/plain"}),
            vec![
                "multipart/form-data; boundary=----squall-e1",
                "name=\"f.txt\"; filename=\"f.txt\"",
                "\r\n\r\ndata\r\n",
            ],
        ),
    ] {
        let mut parameters = map(runner.clone());
        parameters.insert("url".to_owned(), json!(url));
        let outcome = call(Value::Object(parameters), action.clone()).await;
        let sent = outcome.result["body"]["request"].as_str().unwrap_or_default().to_owned();
        for part in expected {
            assert!(sent.contains(part), "{runner} {action}: {part:?} is not in {sent}");
        }
    }
}

#[tokio::test]
async fn calls_that_fail_say_why() {
    let base = server().await;
    let json_body = json!({"body": "{'j"});
    for (runner, action, expected) in [
        (
            json!({"url": "not a url"}),
            json!({}),
            "Invalid URL 'not a url': No scheme supplied. Perhaps you meant https://not a url?",
        ),
        (json!({"url": base, "url_hosts_blacklist": ["127.0.0.1"]}), json!({}), "is blacklisted"),
        (json!({"url": base, "url_hosts_whitelist": ["example.com"]}), json!({}), "is not whitelisted"),
        (
            json!({"url": base, "url_hosts_whitelist": ["a"], "url_hosts_blacklist": ["b"]}),
            json!({}),
            "are mutually exclusive",
        ),
        (json!({"url": base, "headers": {"content-type": "application/json"}}), json_body, "can't be parsed as JSON"),
        (
            json!({"url": "http://127.0.0.1:1/refused?x=1"}),
            json!({}),
            "HTTPConnectionPool(host='127.0.0.1', port=1): Max retries exceeded with url: /refused?x=1 (Caused by ",
        ),
        (json!({}), json!({}), "URL must be specified."),
    ] {
        let outcome = call(runner.clone(), action).await;
        assert_eq!(outcome.status, Status::Failed, "{runner}");
        let error = outcome.result["error"].as_str().unwrap();
        assert!(error.contains(expected), "{runner}: {error}");
    }
}

#[tokio::test]
async fn a_silent_server_means_timeout() {
    let base = server().await;
    let outcome = call(json!({"url": format!("{base}/silent")}), json!({"timeout": 0.05})).await;
    assert_eq!(outcome.status, Status::Timeout);
    let error = outcome.result["error"].as_str().unwrap();
    assert!(error.ends_with(": Read timed out. (read timeout=0.05)"), "{error}");
    assert_eq!(outcome.result.as_object().unwrap().len(), 1);
}
