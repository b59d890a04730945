"""S3 through our server: bodies, heads, empty answers and large objects on one kept connection."""

import urllib.request

from tests.automation.localaws.clouds import Cloud, unique


def test_objects_go_in_and_out_whole_on_a_kept_connection(embedded: Cloud) -> None:
    s3, bucket = embedded.client("s3"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    large = bytes(range(256)) * 4096 * 6
    s3.put_object(Bucket=bucket, Key="large", Body=large, Metadata={"job": "a"})
    head = s3.head_object(Bucket=bucket, Key="large")
    assert (head["ContentLength"], head["Metadata"]) == (len(large), {"job": "a"})
    assert s3.get_object(Bucket=bucket, Key="large")["Body"].read() == large
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    assert s3.get_object(Bucket=bucket, Key="empty")["Body"].read() == b""
    s3.delete_object(Bucket=bucket, Key="empty")
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["large"]


def test_a_multipart_upload_and_a_presigned_link_work(embedded: Cloud) -> None:
    s3, bucket = embedded.client("s3"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    part = b"x" * (5 * 1024 * 1024)
    tags = [
        s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=part)["ETag"]
        for number in (1, 2)
    ]
    parts = [{"ETag": tag, "PartNumber": number} for number, tag in enumerate(tags, start=1)]
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
    link = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    with urllib.request.urlopen(link, timeout=60) as answer:
        assert len(answer.read()) == 2 * len(part)
