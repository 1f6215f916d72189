print("issuebridge")
