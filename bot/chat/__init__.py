"""What people see in their chats: messages and their words, galleries, what there is to press."""
